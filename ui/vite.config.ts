import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/**
 * `vite` and `vite build` make the shipped window; `--mode fake` makes the one that runs in a plain
 * browser on a simulated workbench (`src/ipc/fake`), which is never part of the shipped bundle.
 */
export default defineConfig(({ mode, command }) => ({
  plugins: [react()],
  base: './',
  clearScreen: false,
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __FAKE_HOST__: JSON.stringify(mode === 'fake' || mode === 'test' || command === 'serve'),
  },
  server: { port: 1420, strictPort: true, host: '127.0.0.1' },
  preview: { port: 1421, strictPort: true, host: '127.0.0.1' },
  build: {
    outDir: mode === 'fake' ? 'dist-fake' : 'dist',
    target: ['es2022', 'chrome110', 'safari16.4'],
    // A data: URI would need a wider Content Security Policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    sourcemap: mode === 'fake',
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testSetup.ts'],
    restoreMocks: true,
  },
}));

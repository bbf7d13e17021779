import { defineConfig } from 'vitest/config';

/** Headless Chromium on the build with the simulated workbench (`npm run test:ui`). */
export default defineConfig({
  test: {
    include: ['e2e/**/*.test.ts'],
    environment: 'node',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One browser after another: the machine is small, and times are measured.
    fileParallelism: false,
  },
});

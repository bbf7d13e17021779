import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const TAURI = {
  group: ['@tauri-apps/*'],
  message: 'Only src/ipc/host*.ts and the generated bindings know Tauri.',
};
const NO_FEATURES = {
  group: ['@/features/*', '@/app/*', '**/features/**'],
  message: 'This layer is below the features and the shell.',
};

/** Which files may import what; the arrows of the layers. Later entries win, so each repeats TAURI. */
const boundaries = [
  { files: ['src/**/*.{ts,tsx}'], patterns: [TAURI] },
  { files: ['src/shared/**', 'src/i18n/**', 'src/theme/**'], patterns: [TAURI, NO_FEATURES] },
  {
    files: ['src/ipc/**'],
    patterns: [TAURI, { group: ['@/*', '!@/ipc', '!@/ipc/**'], message: 'ipc stands alone.' }],
  },
  {
    files: ['src/ipc/host*.ts', 'src/ipc/bindings.ts'],
    patterns: [{ group: ['@/*', '!@/ipc', '!@/ipc/**'], message: 'ipc stands alone.' }],
  },
  {
    files: ['src/features/*/*.{ts,tsx}'],
    patterns: [
      TAURI,
      { group: ['@/features/*', '@/app/*'], message: 'A feature never imports another one.' },
      { regex: '^\\.\\./', message: 'A feature never imports another one.' },
    ],
  },
  {
    files: ['src/features/*/*/**/*.{ts,tsx}'],
    patterns: [
      TAURI,
      { group: ['@/features/*', '@/app/*'], message: 'A feature never imports another one.' },
      { regex: '^(\\.\\./){2,}', message: 'A feature never imports another one.' },
    ],
  },
];

export default tseslint.config(
  { ignores: ['scripts', 'dist', 'dist-fake', 'coverage', 'artifacts', 'src/ipc/bindings.ts'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: 'Nothing that came from outside is ever HTML.',
        },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['src/**/*.tsx'],
    ...jsxA11y.flatConfigs.strict,
  },
  { files: ['src/**/*.{ts,tsx}'], ...reactHooks.configs.flat.recommended },
  ...boundaries.map(({ files, patterns }) => ({
    files,
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  })),
  { files: ['*.js', 'public/*.js'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['**/*.test.{ts,tsx}', 'e2e/**', 'src/ipc/fake/**'],
    rules: {
      '@typescript-eslint/require-await': 'off',
      // Commands reject with a Failure, which is data.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  prettier,
);

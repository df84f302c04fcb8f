import tseslint from 'typescript-eslint';

/** Who may import whom; the table is in docs/architecture.md. */
const room = (files, forbidden, message) => ({
  files,
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: forbidden.map((entry) =>
          typeof entry === 'string' ? { regex: entry, message } : { message, ...entry },
        ),
      },
    ],
  },
});
const adapterRooms = [
  'kafka',
  'flink',
  'clickhouse',
  'files',
  'browser',
  'metrics',
  'console',
  'notify',
  'jsonata',
  'runtime',
];
const vendorOf = {
  kafka: '^(kafkajs|@platformatic/kafka)',
  clickhouse: '^@clickhouse/',
  browser: '^open$',
  metrics: '^prom-client$',
  jsonata: '^jsonata$',
  runtime: '^(mvn-artifact-url|proper-lockfile|execa|dockerode|docker-modem|tar-stream|chdb)',
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  room(
    ['src/domain/**'],
    ['^node:', '/(adapters|services|commands|tui)/', '^(?!zod$|pure-rand|\\.{1,2}/)'],
    'domain is pure: domain, errors and zod only',
  ),
  room(
    ['src/services/**'],
    [
      { regex: '/adapters/', allowTypeImports: true },
      '/(commands|tui)/',
      '^(?!node:(path|timers)|\\.{1,2}/)',
    ],
    'services take adapters as arguments (types only)',
  ),
  room(
    ['src/commands/**'],
    ['/adapters/', '^(?!@oclif/core|node:(path|process)|\\.{1,2}/)'],
    'commands call services through wiring',
  ),
  room(['src/tui/**'], ['/(adapters|services|commands)/', '^node:'], 'tui knows domain, ink and react'),
  ...adapterRooms.map((name) => {
    // A lab's state and downloads are files: the runtimes keep them through that room.
    const others = adapterRooms.filter(
      (other) => other !== name && !(name === 'runtime' && other === 'files'),
    );
    const vendors = Object.entries(vendorOf)
      .filter(([owner]) => owner !== name)
      .map(([, regex]) => regex);
    return room(
      [`src/adapters/${name}/**`],
      ['/(services|commands|tui)/', `^\\.\\./(${others.join('|')})/`, ...vendors],
      'an adapter knows its own room, domain and errors',
    );
  }),
  {
    files: ['test/**', 'bench/**', 'scripts/**', '*.config.*'],
    rules: {
      'max-lines-per-function': 'off',
      'no-console': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
);

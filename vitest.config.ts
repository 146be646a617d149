import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^ibexjs$/, replacement: at('src/index.ts') },
      { find: /^ibexjs\/(layers|optimizers|datasets)$/, replacement: at('$1/index.ts') },
      { find: /^ibexjs\/(losses|metrics)$/, replacement: at('src/$1/index.ts') },
      { find: /^ibexjs\/callbacks$/, replacement: at('src/training/callbacks/index.ts') },
      { find: /^ibexjs\/define$/, replacement: at('src/core/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setUp.ts'],
    typecheck: { enabled: false },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

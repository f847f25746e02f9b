// One document a page, files named by their content, nothing from elsewhere. Floor: Chromium 111.

import { readdirSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const pages = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.html'));

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [svelte()],
  publicDir: 'public',
  build: {
    outDir: '../static',
    emptyOutDir: true,
    target: 'chrome111',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the content security policy knows no data: scripts or styles
    rolldownOptions: { input: pages },
  },
  worker: { format: 'es' },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});

// One document a page, files named by their content, nothing from elsewhere. Floor: Chromium 111.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const pages = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.html'));
const WORKER = join(import.meta.dirname, 'src/offline/sw.ts');
/** Pages that open without a line; the service worker is told their files. */
const KEPT = ['unit', 'paper'];

/** Tells the service worker which files the kept pages consist of: a changed file changes the worker, so browsers notice. */
function keptPages(): Plugin {
  return {
    name: 'kept-pages',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const names = Object.keys(bundle);
        const text = (name: string): string => {
          const one = bundle[name];
          return one?.type === 'chunk' ? one.code : String(one?.source ?? '');
        };
        const files = (page: string): string[] => {
          const found = new Set<string>();
          const wanted = [`${page}.html`];
          for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
            const told = text(name);
            for (const other of names) {
              const mentioned = other.startsWith('assets/') && !found.has(other) && told.includes(other.slice('assets/'.length));
              if (mentioned) wanted.push(other);
              if (mentioned) found.add(other);
            }
          }
          return [...found].sort().map((name) => `/${name}`);
        };
        const worker = bundle['sw.js'];
        if (worker?.type !== 'chunk') throw new Error('there is no service worker in the bundle');
        const told = JSON.stringify(Object.fromEntries(KEPT.map((page) => [`/${page}`, files(page)])));
        worker.code = worker.code.replaceAll('__KEPT_PAGES__', `(${told})`);
      },
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [svelte(), keptPages()],
  publicDir: 'public',
  build: {
    outDir: '../static',
    emptyOutDir: true,
    target: 'chrome111',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the content security policy knows no data: scripts or styles
    rolldownOptions: {
      input: [...pages, WORKER],
      output: { entryFileNames: (chunk) => (chunk.facadeModuleId === WORKER ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
  worker: { format: 'es' },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});

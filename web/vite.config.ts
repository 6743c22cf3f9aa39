import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { THEME } from '../src/pages/theme.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  // The server says where it is mounted.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: here('../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // Everything a file of its own, which the policy lets in.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  plugins: [
    {
      name: 'theme',
      resolveId: (id) => (id === 'virtual:theme.css' ? '\0theme.css' : null),
      load: (id) => (id === '\0theme.css' ? THEME : null),
    },
  ],
})

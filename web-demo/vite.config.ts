/**
 * How the page is built: relative addresses, so that any folder of any static host will do; nothing
 * inlined, so that the content security policy needs no exception; and four small plugins of its
 * own.
 */

import { defineConfig } from 'vite';
import { contentSecurityPolicy } from './build/csp.js';
import { guestRuntime } from './build/guest-runtime.js';
import { offline } from './build/offline.js';
import { staticFiles } from './build/static-files.js';

export default defineConfig({
  base: './',
  plugins: [guestRuntime(), staticFiles(), contentSecurityPolicy(), offline()],
  worker: { format: 'es', plugins: () => [guestRuntime()] },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1024,
    rolldownOptions: { output: { assetFileNames: 'assets/[name]-[hash][extname]' } },
  },
});

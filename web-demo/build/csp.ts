/**
 * Writes the content security policy into index.html, for hosts that send no headers, and into
 * `_headers`.
 *
 * `blob:` is for the frame that runs a component. A document without an address inherits the policy
 * of the page, so this policy must allow what the frame needs. The frame itself may do less
 * (`src/run/frame-document.ts`).
 */

import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';
import { FRAME_SCRIPT } from '../src/run/frame-document.js';

function digest(script: string): string {
  return `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
}

const DIRECTIVES = [
  "default-src 'none'",
  `script-src 'self' 'wasm-unsafe-eval' blob: ${digest(FRAME_SCRIPT)}`,
  "worker-src 'self' blob:",
  // A link may name a component by its address (`src/component/remote.ts`).
  "connect-src 'self' https: http://localhost:* http://127.0.0.1:*",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "manifest-src 'self'",
  "frame-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
];

// These two work in headers only.
const HEADER_DIRECTIVES = [...DIRECTIVES, "frame-ancestors 'none'"];

export function contentSecurityPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: () => [
        {
          tag: 'meta',
          attrs: { 'http-equiv': 'Content-Security-Policy', content: DIRECTIVES.join('; ') },
          injectTo: 'head-prepend',
        },
      ],
    },
    generateBundle() {
      this.emitFile({
        type: 'asset',
        fileName: '_headers',
        source: [
          '/*',
          `  Content-Security-Policy: ${HEADER_DIRECTIVES.join('; ')}`,
          '  X-Content-Type-Options: nosniff',
          '  Referrer-Policy: no-referrer',
          '  Cross-Origin-Opener-Policy: same-origin',
          '  Permissions-Policy: camera=(), geolocation=(), microphone=()',
          '/assets/*',
          '  Cache-Control: public, max-age=31536000, immutable',
          '',
        ].join('\n'),
      });
    },
  };
}

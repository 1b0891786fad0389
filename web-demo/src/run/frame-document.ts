/**
 * The document of the frame that a component runs in. Its sandbox gives it no origin: no storage,
 * no cookies, no address to fetch from. Its policy allows the scripts that the page sends, and no
 * connection. It owns the worker, so that removing the frame ends everything. The build puts the
 * digest of the script into the policy of the page.
 */

/** Starts the worker with the first message, and carries messages between it and the page. */
export const FRAME_SCRIPT = `'use strict';
addEventListener('message', (event) => {
  if (event.source !== parent) return;
  const { runtime, job } = event.data;
  const worker = new Worker(URL.createObjectURL(new Blob([runtime], { type: 'text/javascript' })));
  worker.onmessage = ({ data }) => parent.postMessage(data, '*');
  worker.onerror = (error) => parent.postMessage({ kind: 'failed', message: String(error.message || 'the worker could not start') }, '*');
  worker.postMessage(job);
}, { once: true });
parent.postMessage({ kind: 'ready' }, '*');
`;

const POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:",
  'worker-src blob:',
  "connect-src 'none'",
  "frame-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export const FRAME_DOCUMENT = `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><title>Component</title><script>${FRAME_SCRIPT}</script>`;

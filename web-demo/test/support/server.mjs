// Serves dist/ as README.md recommends: with the headers that the build wrote into _headers. Paths
// of `extra` come first.

import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** The headers that hold for all paths. */
function headers(folder) {
  const lines = readFileSync(join(folder, '_headers'), 'utf8').split('\n');
  const all = lines.slice(
    1,
    lines.findIndex((line, at) => at > 0 && line !== '' && !line.startsWith(' ')),
  );
  return Object.fromEntries(
    all.map((line) =>
      line
        .trim()
        .split(/:\s*(.*)/s)
        .slice(0, 2),
    ),
  );
}

/** Serves what was built into `folder`, below a path, as pages often lie in one. */
export async function serve(folder = dist) {
  const fixed = headers(folder);
  const prefix = '/some/folder/';
  const requests = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    requests.push(path);
    const file = path.startsWith(prefix)
      ? join(folder, normalize(path.slice(prefix.length)) || 'index.html')
      : undefined;
    const stat = file && statSync(file, { throwIfNoEntry: false });
    const found = stat?.isDirectory() ? join(file, 'index.html') : file;
    if (!stat || !found.startsWith(folder)) {
      response.writeHead(404, fixed).end('not found');
      return;
    }
    response.writeHead(200, {
      ...fixed,
      'Content-Type': TYPES[extname(found)] ?? 'application/octet-stream',
      'Cache-Control': 'no-store',
    });
    createReadStream(found).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}${prefix}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

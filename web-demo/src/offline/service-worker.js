/**
 * Serves the page from a cache, so that it works offline once loaded. The build fills in the lists.
 * It serves files of this build alone; every other request goes to the network.
 */

const CACHE = '__CACHE__';
const FIRST = ['__FIRST__'];
const LATER = ['__LATER__'];

const url = (name) => new URL(name, self.registration.scope).href;

async function add(names) {
  const cache = await caches.open(CACHE);
  const known = new Set((await cache.keys()).map((request) => request.url));
  await Promise.all(
    names
      .map(url)
      .filter((address) => !known.has(address))
      .map((address) => cache.add(address)),
  );
}

async function removeOthers() {
  const names = await caches.keys();
  await Promise.all(
    names
      .filter((name) => name.startsWith('wasi-virt-') && name !== CACHE)
      .map((name) => caches.delete(name)),
  );
}

async function answer(request) {
  const cache = await caches.open(CACHE);
  const address = new URL(request.url);
  address.search = '';
  address.hash = '';
  return (await cache.match(address.href)) ?? fetch(request);
}

self.addEventListener('install', (event) => event.waitUntil(add(FIRST)));

self.addEventListener('activate', (event) =>
  event.waitUntil(removeOthers().then(() => self.clients.claim())),
);

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'GET' && request.url.startsWith(self.registration.scope)) {
    event.respondWith(answer(request));
  }
});

// The page asks for the rest when it has nothing else to do.
self.addEventListener('message', (event) => {
  if (event.data === 'later') {
    event.waitUntil(
      add(LATER).then(
        () => event.source?.postMessage('complete'),
        () => {},
      ),
    );
  }
});

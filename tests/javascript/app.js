// A JavaScript program: shows what it was given, reads a mounted file, waits, and tries what it was
// not given. With the argument `fetch` it fetches the URLs of its input instead, one on each line.

import { getArguments, getEnvironment } from 'wasi:cli/environment@0.2.9';
import { getStdin } from 'wasi:cli/stdin@0.2.9';
import { getDirectories } from 'wasi:filesystem/preopens@0.2.9';

const text = (bytes) => new TextDecoder().decode(bytes);

async function fetchAll(urls) {
  for (const url of urls) {
    try {
      const response = await fetch(url);
      console.log(`${url}: ${response.status} ${(await response.text()).trim()}`);
    } catch (error) {
      console.log(`${url}: ${error.name}`);
    }
  }
}

export const run = {
  async run() {
    if (getArguments()[1] === 'fetch') {
      await fetchAll(text(getStdin().blockingRead(4096n)).trim().split('\n'));
      return;
    }
    console.log(`arguments: ${getArguments()}`);
    console.log(`environment: ${JSON.stringify(getEnvironment())}`);
    for (const [directory, path] of getDirectories()) {
      const file = directory.openAt({ symlinkFollow: true }, 'a.txt', {}, { read: true });
      console.log(`${path}: ${text(file.read(100n, 0n)[0])}`);
      try {
        directory.openAt({}, 'none', {}, { read: true });
      } catch (error) {
        console.log(`none: ${error.payload ?? error}`);
      }
    }
    const before = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 10));
    try {
      await fetch('http://localhost:1/');
    } catch (error) {
      console.log(`fetch: ${error.name}`);
    }
    console.log(`slept: ${Date.now() - before >= 10}, random: ${Math.random() < 1}`);
  },
};

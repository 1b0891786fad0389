/**
 * How a translated component names what it imports of WASI 0.3. jco drops versions from names, so
 * the two versions would otherwise share one.
 */

const SPACE = 'wasi-0.3';

/** The packages of WASI 0.3, without what comes before the colon. */
const PACKAGES = ['cli', 'clocks', 'filesystem', 'http', 'random', 'sockets'];

/** What jco calls them: for it, 0.3.0 stands for every later release of 0.3. */
export const IMPORTS_OF_0_3: [string, string][] = PACKAGES.map((name) => [
  `wasi:${name}/*@0.3.0`,
  `${SPACE}:${name}/*`,
]);

/** The same names for packages of a host. */
export function asImportsOf03<T>(packages: Record<string, T>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(packages).map(([name, value]) => [`${SPACE}:${name}`, value]),
  );
}

/** The name of an import as the component's author knows it. */
export function known(name: string): string {
  return name.startsWith(`${SPACE}:`) ? `${name.replace(SPACE, 'wasi')}@0.3` : name;
}

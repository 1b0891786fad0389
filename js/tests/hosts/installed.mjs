// The packed package, installed in an empty project.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const js = fileURLToPath(new URL('../..', import.meta.url));

/** Where packages come from on this machine; the empty HOME does not say. */
function registry() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /^(npm_config_|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT)/i.test(name),
    ),
  );
}

/** Packs the package and installs it, with nothing else, in `project`, which lies in `folder`. */
export function install() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'wasi-virt-package-')));
  const project = join(folder, 'project');
  const npm = (args, cwd) =>
    execFileSync('npm', ['--no-audit', '--no-fund', '--loglevel=error', ...args], {
      cwd,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: join(folder, 'home'), ...registry() },
    });
  mkdirSync(join(folder, 'home'));
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  const [packed] = JSON.parse(
    npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], js),
  );
  const tarball = join(folder, packed.filename);
  npm(['install', '--offline', tarball], project);
  return { folder, project, tarball, npm };
}

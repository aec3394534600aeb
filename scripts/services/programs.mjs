import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './process.mjs';

/** The first directory, those on PATH first, that holds all the programs. */
export function findDirectory(programs, places = []) {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return [...onPath, ...places].find((dir) =>
    programs.every((program) => isExecutable(join(dir, program))),
  );
}

export const isRoot = () => process.getuid?.() === 0;

export const canInstall = () => isRoot() && findDirectory(['apt-get']) !== undefined;

export async function install(packages) {
  const options = {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: 10 * 60_000,
    maxBuffer: Infinity,
  };
  const wait = ['-q', '-o', 'DPkg::Lock::Timeout=120'];
  await run('apt-get', [...wait, 'update'], options);
  await run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages], options);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

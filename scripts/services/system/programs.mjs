import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.mjs';

/** The first directory, those on PATH first, that holds all the programs. */
export function findDirectory(programs, places = []) {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return [...onPath, ...places].find((dir) =>
    programs.every((program) => isExecutable(join(dir, program))),
  );
}

/** The first of the programs that is anywhere. */
export function findProgram(programs, places) {
  for (const program of programs) {
    const dir = findDirectory([program], places);
    if (dir) return join(dir, program);
  }
  return undefined;
}

export const homebrewPlaces = (formula) =>
  ['/opt/homebrew', '/usr/local', '/home/linuxbrew/.linuxbrew'].flatMap((prefix) => [
    join(prefix, 'bin'),
    ...versions(join(prefix, 'opt'), formula).map((dir) => join(dir, 'bin')),
  ]);

/** The directories of that name in `parent`, the newest version first. */
export function versions(parent, prefix = '') {
  try {
    return readdirSync(parent)
      .filter((name) => name.startsWith(prefix))
      .toSorted(newestFirst)
      .map((name) => join(parent, name));
  } catch {
    return [];
  }
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

const newestFirst = (a, b) => b.localeCompare(a, 'en', { numeric: true });

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { eventually } from './wait.mjs';

/** SIGKILL to a child process and all below it; resolves when they are gone. */
export async function killTree({ pid }) {
  // While it stands still it starts no more of them and does not look after those that end.
  process.kill(pid, 'SIGSTOP');
  const pids = [...descendantsOf(pid), pid];
  for (const each of pids) process.kill(each, 'SIGKILL');
  await eventually(async () => {
    const left = living().filter((each) => pids.includes(each.pid));
    if (left.length > 0) throw new Error(`${left.length} of them still run`);
  });
}

/** The deepest first. */
function descendantsOf(root, processes = living()) {
  return processes
    .filter(({ parent }) => parent === root)
    .flatMap(({ pid }) => [...descendantsOf(pid, processes), pid]);
}

const living = () =>
  (existsSync('/proc/self/stat') ? fromProc() : fromPs())
    // Only a container's first process can remove a zombie whose parent is gone, and few do.
    .filter(({ state }) => !state.startsWith('Z'));

/** Slim images have no ps. */
function fromProc() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = readOrNothing(`/proc/${name}/stat`);
      if (!stat) return [];
      // The program's name, in parentheses, may hold spaces and parentheses.
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [{ pid: Number(name), parent: Number(parent), state }];
    });
}

function fromPs() {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, state] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent), state };
    });
}

function readOrNothing(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // It has ended since.
    return undefined;
  }
}

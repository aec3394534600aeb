import { spawn } from 'node:child_process';

/**
 * Runs a shell command when this process ends; gives a function that takes this back. A shell waits
 * for the end of a pipe, as nothing of ours runs after a SIGKILL, and Jest gives tests a `process`
 * that never says 'exit'.
 */
export function whenWeEnd(command, ...args) {
  // Whoever stops a whole group of processes sends the signal to the shell as well.
  const script = `trap '' HUP INT TERM; read -r _ || { ${command}; }`;
  const shell = spawn('/bin/sh', ['-c', script, 'sh', ...args.map(String)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: '/usr/bin:/bin' },
    detached: true,
  });
  shell.unref();
  shell.stdin.unref();
  return () => shell.stdin.end('\n');
}

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('worker.mjs', import.meta.url));

/** A process of worker.mjs. It does one thing at a time. */
export function startWorker() {
  const child = fork(PROGRAM, {
    // A Ctrl-C in the terminal is for us, who stop it.
    detached: true,
  });
  let asked;
  let end;
  let isKilled = false;

  child.on('message', ({ error, result }) => {
    if (error === undefined) asked.resolve(result);
    else asked.reject(new Error(`one of the processes: ${error}`));
  });
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      end = new Error(`one of the processes has ended (${signal ?? `exit code ${code}`})`);
      asked?.reject(end);
      resolve();
    });
  });

  return {
    get isKilled() {
      return isKilled;
    },

    /** @throws Error also where the process ends before it has an answer */
    ask: (command, argument) =>
      new Promise((resolve, reject) => {
        asked = { resolve, reject };
        if (end) reject(end);
        else child.send({ command, argument }, (error) => error && reject(error));
      }),

    /** By SIGKILL; resolves when it is gone. */
    async kill() {
      isKilled = true;
      child.kill('SIGKILL');
      await ended;
    },
  };
}

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { complaintIn } from './complaint.mjs';
import { killTree } from './process-tree.mjs';
import { whenWeEnd } from './when-we-end.mjs';

const STOP_LIMIT_MS = 10_000;

/**
 * Runs a program in `dir`, where its log goes. `stopSignal` is for one that leaves something behind
 * at SIGKILL: nobody needs the data.
 */
export function spawnServer({ command, args, dir, account, stopSignal = 'SIGKILL' }) {
  const logFile = join(dir, 'log');
  const log = openSync(logFile, 'w');
  const child = spawn(command, args, {
    cwd: dir,
    stdio: ['ignore', log, log],
    // A Ctrl-C in the terminal is for us, who may still need it.
    detached: true,
    ...account,
  });
  closeSync(log);

  let spawnError;
  const ended = new Promise((resolve) => {
    child.once('exit', resolve).once('error', (error) => {
      spawnError = error;
      resolve();
    });
  });
  const isRunning = () =>
    child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  if (isRunning()) {
    child.once('exit', whenWeEnd('kill -s "$1" "$2"', stopSignal.replace('SIG', ''), child.pid));
  }

  /** All of it, without a word of warning. */
  const kill = async () => {
    if (isRunning()) await killTree(child);
    await ended;
  };
  const stop = async () => {
    if (stopSignal !== 'SIGKILL') {
      child.kill(stopSignal);
      await Promise.race([ended, sleep(STOP_LIMIT_MS, undefined, { ref: false })]);
    }
    await kill();
  };
  const complaint = () =>
    spawnError?.message ?? complaintIn(readFileSync(logFile, 'utf8')) ?? 'its log is empty';

  return { isRunning, kill, stop, complaint };
}

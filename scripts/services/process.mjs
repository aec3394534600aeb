import { execFile, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;

export async function freePort() {
  const server = createServer();
  await new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** `use` gets a fresh directory, which goes again when it fails or when the server it gives stops. */
export async function inScratchDir(use) {
  const dir = mkdtempSync(join(tmpdir(), 'nestjs-tempid-'));
  const remove = () => {
    process.off('exit', remove);
    rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  process.on('exit', remove);
  try {
    const { stop, ...server } = await use(dir);
    return { ...server, stop: () => stop().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Runs a program to its end; the error says the last line it wrote. */
export async function run(command, args, options) {
  try {
    return await promisify(execFile)(command, args, options);
  } catch (error) {
    throw new Error(`${basename(command)}: ${complaint(error.stderr) ?? error.message}`, {
      cause: error,
    });
  }
}

/** Starts a server in `dir` and waits until `ready` no longer throws. */
export async function launch(command, args, { dir, account, stopSignal, ready }) {
  const logFile = join(dir, 'log');
  const log = openSync(logFile, 'w');
  const child = spawn(command, args, { cwd: dir, stdio: ['ignore', log, log], ...account });
  closeSync(log);

  const isRunning = () =>
    child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  let spawnError;
  const ended = new Promise((resolve) => {
    child.once('exit', resolve).once('error', (error) => {
      spawnError = error;
      resolve();
    });
  });

  const kill = () => child.kill(stopSignal);
  // Ahead of the listener that removes the directory.
  process.prependListener('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    kill();
    await ended;
    clearTimeout(timer);
  };

  const deadline = Date.now() + START_LIMIT_MS;
  while (isRunning() && Date.now() < deadline) {
    const isReady = await ready().then(
      () => true,
      () => false,
    );
    // Whoever answers is not ours where ours has ended.
    if (isReady && isRunning()) return { stop };
    await sleep(100);
  }
  const why = isRunning() ? `not ready after ${START_LIMIT_MS / 1000} s` : 'ended at once';
  await stop();
  const line =
    spawnError?.message ?? complaint(readFileSync(logFile, 'utf8')) ?? 'its log is empty';
  throw new Error(`${basename(command)} did not start (${why}): ${line}`);
}

/** The last line that names an error, or else the last line: servers say goodbye after the error. */
function complaint(text = '') {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => /error|fatal|panic|failed/i.test(line)) ?? lines.at(-1))?.trim();
}

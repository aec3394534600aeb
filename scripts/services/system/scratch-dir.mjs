import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whenWeEnd } from './when-we-end.mjs';

/**
 * `use(dir, defer)` gets a fresh directory and gives what a server is; this adds its `stop()`. That
 * calls what was deferred, the last first, and removes the directory, as it does when `use` fails.
 */
export async function inScratchDir(use) {
  const dir = mkdtempSync(join(tmpdir(), 'nestjs-tempid-'));
  // Servers get their signal at the same time, and what prepares one gets none: they may still write.
  const keep = whenWeEnd('sleep 1; rm -rf "$1" || { sleep 5; rm -rf "$1"; }', dir);
  const deferred = [];

  const unwind = async () => {
    const last = deferred.pop();
    if (!last) return;
    try {
      await last();
    } finally {
      await unwind();
    }
  };
  const stop = async () => {
    try {
      await unwind();
    } finally {
      rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
      keep();
    }
  };

  try {
    return { ...(await use(dir, (last) => deferred.push(last))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something is so; the limit of the test is its own. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(10);
}

import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 30_000;

/** What `attempt` gives once it no longer throws; after 30 s, or without hope, what it threw last. */
export async function eventually(attempt, isHopeful = () => true) {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isHopeful() || Date.now() >= deadline) throw error;
    }
    await sleep(50);
  }
}

/** Promise.all that waits for the others where one fails, so that whatever they start can be stopped. */
export async function allSettled(promises) {
  const results = await Promise.allSettled(promises);
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
  return results.map(({ value }) => value);
}

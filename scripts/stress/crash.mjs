import { setTimeout as sleep } from 'node:timers/promises';
import { allSettled } from '../services/system/wait.mjs';
import { planCrowd, planSpending } from './plan.mjs';

const MOST_LANES = 250;
const LOOK_EVERY_MS = 10;
const DOWN_MS = 1_000;
const TOO_LATE = 'every use was spent before the kill; give more --uses';

/** So many that it takes a while until nobody is let in any more. */
const CROWDS = { tokens: 20, times: 5 };

/** Nothing is late before: this only ends what would never end. */
const LIMIT_SECONDS = 300;

/**
 * Uses until every token is spent. After a third of them the server is killed, or where there is none a
 * process, and started again.
 */
export function crash({ uses, processes, by }) {
  const { limits, people = 1, order } = by ? planCrowd(CROWDS) : planSpending(uses);
  const total = limits.reduce((a, b) => a + b);
  const lanes = Math.max(1, Math.min(MOST_LANES, Math.floor(uses / (10 * processes))));
  return {
    limits,
    ...(by && { people }),
    total,
    storeTimeout: undefined,
    progressOf: ({ allowed }) => allowed,

    async drive({ crew, server, totals, say }) {
      const shareOf = (position) => order.filter((_, index) => index % processes === position);
      const spend = (worker, position = 0) =>
        by
          ? worker.ask('crowd', { lanes, order: shareOf(position) })
          : worker.ask('spend', { lanes, seconds: LIMIT_SECONDS });
      const { kill, restart } = server ?? {
        kill: () => crew.killOne(),
        restart: () => crew.join(),
      };
      let isOver = false;
      const spending = allSettled(crew.workers.map(unlessKilled(spend))).finally(() => {
        isOver = true;
      });
      const crashing = async () => {
        while (totals().allowed < total / 3) {
          if (isOver) throw new Error(TOO_LATE);
          await sleep(LOOK_EVERY_MS);
        }
        await kill();
        if (totals().allowed >= total) throw new Error(TOO_LATE);
        say(`killed after ${totals().allowed} allowed uses`);
        await sleep(DOWN_MS);
        const joined = await restart();
        say(`started again after ${totals().allowed} allowed uses`);
        return joined ? spend(joined) : 0;
      };
      say(`${lanes * processes} uses in flight`);
      const [unspent, unspentByJoined] = await allSettled([spending, crashing()]);
      // Whoever was refused before the kill has not asked again; what came back in the crash is found now.
      const all = Array.from({ length: limits.length * people }, (_, index) => index);
      await allSettled(crew.workers.map((worker) => worker.ask('burst', all)));
      return { unspent: Math.max(...unspent, unspentByJoined) };
    },
  };
}

/** A process that we have killed ourselves leaves nothing to do. */
const unlessKilled = (spend) => async (worker, position) => {
  try {
    return await spend(worker, position);
  } catch (error) {
    if (worker.isKilled) return 0;
    throw error;
  }
};

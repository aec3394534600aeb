import { setTimeout as sleep } from 'node:timers/promises';
import { allSettled } from '../services/system/wait.mjs';
import { planSpending } from './plan.mjs';

const MOST_LANES = 250;
const LOOK_EVERY_MS = 10;
const DOWN_MS = 1_000;
const TOO_LATE = 'every use was spent before the kill; give more --uses';

/** Nothing is late before: this only ends what would never end. */
const LIMIT_SECONDS = 300;

/**
 * Uses until every token is spent. After a third of them the server is killed, or where there is none a
 * process, and started again.
 */
export function crash({ uses, processes }) {
  const { limits } = planSpending(uses);
  const total = limits.reduce((a, b) => a + b);
  const lanes = Math.max(1, Math.min(MOST_LANES, Math.floor(uses / (10 * processes))));
  return {
    limits,
    total,
    storeTimeout: undefined,
    progressOf: ({ allowed }) => allowed,

    async drive({ crew, server, totals, say }) {
      const spend = (worker) => worker.ask('spend', { lanes, seconds: LIMIT_SECONDS });
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
      const all = [...crew.tokens.keys()];
      await allSettled(crew.workers.map((worker) => worker.ask('burst', all)));
      return { unspent: Math.max(...unspent, unspentByJoined) };
    },
  };
}

/** A process that we have killed ourselves leaves nothing to do. */
const unlessKilled = (spend) => async (worker) => {
  try {
    return await spend(worker);
  } catch (error) {
    if (worker.isKilled) return 0;
    throw error;
  }
};

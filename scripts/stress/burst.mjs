import { allSettled } from '../services/system/wait.mjs';
import { planBurst, planCrowd } from './plan.mjs';

/** All uses at once, and nothing else happens: exactly maxUses are allowed, and none is lost. */
export function burst({ uses, processes, by }) {
  const { limits, people, order } = by ? planCrowd({ tokens: 1, times: 20 }) : planBurst(uses);
  return {
    limits,
    people,
    total: order.length,
    // So many at once wait in line for long, and it is the count that is looked at.
    storeTimeout: '1m',
    progressOf: ({ allowed, refused }) => allowed + refused,

    async drive({ crew, say }) {
      say(`${order.length} uses in flight`);
      await allSettled(
        crew.workers.map((worker, position) =>
          worker.ask(
            'burst',
            order.filter((_, index) => index % processes === position),
          ),
        ),
      );
      return { unspent: 0 };
    },
  };
}

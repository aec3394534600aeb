import { allSettled } from '../services/system/wait.mjs';
import { planBurst } from './plan.mjs';

/** All uses at once, and nothing else happens: exactly maxUses are allowed, and none is lost. */
export function burst({ uses, processes }) {
  const { limits, order } = planBurst(uses);
  return {
    limits,
    total: uses,
    // So many at once wait in line for long, and it is the count that is looked at.
    storeTimeout: '1m',
    progressOf: ({ allowed, refused }) => allowed + refused,

    async drive({ crew, say }) {
      say(`${uses} uses in flight`);
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

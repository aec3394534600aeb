import assert from 'node:assert/strict';
import type { TempIDStore } from '../stores/tempid-store.js';
import type { UsedByStore } from '../stores/used-by.js';
import { concurrently, longDeadline, newId, soon } from './support.js';
import { type OpenedStore, type TestRunner, withStore } from './test-runner.js';

type Store = TempIDStore & UsedByStore;

/**
 * As `usedByContract`, for a store whose counts other processes share.
 *
 * @param open called twice: two stores with one place, as two processes have them
 */
export function sharedUsedByContract(
  open: () => Promise<OpenedStore<Store>>,
  runner?: TestRunner,
): void {
  withStore(open, runner, (it, one) => {
    withStore(open, runner, (_, other) => {
      it('knows in one process who used a token in another', async () => {
        const id = newId();
        await one().consume(id, 2, soon(), { by: 'anna' });
        const again = await other().consume(id, 2, soon(), { by: 'anna', repeat: true });
        assert.deepEqual(again, { allowed: true, used: 1, repeated: true });
        assert.deepEqual(
          await other().usedBy(id, { limit: 9 }),
          await one().usedBy(id, { limit: 9 }),
        );
        await other().refund(id, { by: 'anna' });
        assert.deepEqual(await one().consume(id, 2, soon(), { by: 'anna' }), {
          allowed: true,
          used: 1,
        });
      });

      it('lets exactly 50 of 100 in who all come to two processes at once, and counts each once', async () => {
        const id = newId();
        const answers = await concurrently(200, async (n) => ({
          by: n >> 1,
          ...(await (n % 2 ? one() : other()).consume(id, 50, soon(), {
            by: `user ${n >> 1}`,
            ...longDeadline(),
          })),
        }));
        const allowed = answers.filter((answer) => answer.allowed).map(({ by }) => by);
        assert.deepEqual([allowed.length, new Set(allowed).size], [50, 50]);
        assert.equal(await one().used(id), 50);
        assert.equal((await other().usedBy(id, { limit: 99 })).length, 50);
      });
    });
  });
}

/** As `purgingContract`, for a store with `UsedByStore`. It must be empty. */
export function usedByPurgingContract(
  open: () => Promise<OpenedStore<Store>>,
  runner?: TestRunner,
): void {
  withStore(open, runner, (it, store) => {
    it('forgets who used a token together with its count, and only then', async () => {
      const now = new Date('2031-05-06T07:08:09Z');
      const use = (id: string, by: string, minutes: number) =>
        store().consume(id, 9, new Date(now.getTime() + minutes * 60_000), { by });
      const namesOf = async (id: string) =>
        (await store().usedBy(id, { limit: 9 })).map(({ by }) => by);
      for (const by of ['anna', 'ben', 'carl']) {
        await use('over', by, -2);
        await use('kept', by, 2);
      }
      while ((await store().purgeExpired(now)) > 0);
      assert.deepEqual([await store().used('over'), await namesOf('over')], [0, []]);
      assert.deepEqual([await store().used('kept'), (await namesOf('kept')).length], [3, 3]);
      assert.deepEqual(await use('over', 'anna', 2), { allowed: true, used: 1 });
      assert.deepEqual(await namesOf('over'), ['anna']);
      const again = await use('kept', 'anna', 2);
      assert.deepEqual(again, { allowed: false, used: 3, repeated: true });
    });
  });
}

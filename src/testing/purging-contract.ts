import assert from 'node:assert/strict';
import { REVOKED_COUNT, type TempIDStore } from '../stores/tempid-store.js';
import { concurrently, longDeadline } from './support.js';
import { type OpenedStore, type TestRunner, withStore } from './test-runner.js';

/**
 * As `storeContract`, for a store that forgets by `purgeExpired`. One whose server forgets by itself (Redis, a TTL index)
 * answers 0 to that, and needs no such tests. The store must be empty.
 */
export function purgingContract(open: () => Promise<OpenedStore>, runner?: TestRunner): void {
  const now = new Date('2031-05-06T07:08:09Z');
  const minutesFromNow = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
  const aMomentFromNow = new Date(now.getTime() + 1_000);

  withStore(open, runner, (it, store) => {
    it('forgets the counts whose time is over, and only those', async () => {
      await store().consume('over', 1, minutesFromNow(-2));
      await store().revoke('revoked-and-over', minutesFromNow(-2));
      await store().consume('kept', 1, aMomentFromNow);
      await store().revoke('revoked-and-kept', aMomentFromNow);
      assert.equal(await store().purgeExpired(now), 2);
      assert.equal(await store().purgeExpired(now), 0);
      assert.equal(await store().used('over'), 0);
      assert.equal(await store().used('revoked-and-over'), 0);
      assert.equal(await store().used('kept'), 1);
      assert.equal(await store().used('revoked-and-kept'), REVOKED_COUNT);
    });

    it('forgets batch after batch, also when two do it together', async () => {
      for (let index = 0; index < 2_500; index += 100) {
        await concurrently(100, (n) =>
          store().consume(`old-${index + n}`, 1, minutesFromNow(-5), longDeadline()),
        );
      }
      const purged = await concurrently(2, () => purgeAll(store(), now));
      assert.equal(
        purged.reduce((a, b) => a + b),
        2_500,
      );
      assert.equal(await store().used('kept'), 1);
    });
  });
}

async function purgeAll(store: TempIDStore, now: Date): Promise<number> {
  for (let purged = 0; ;) {
    const batch = await store.purgeExpired(now, longDeadline());
    if (!(batch > 0)) return purged;
    purged += batch;
  }
}

import assert from 'node:assert/strict';
import type { CountChanges } from '../stores/count-changes.js';
import { REVOKED_COUNT, type TempIDStore } from '../stores/tempid-store.js';
import type { UsedByStore } from '../stores/used-by.js';
import { concurrently, longDeadline, newId, soon } from './support.js';
import { type OpenedStore, type TestRunner, withStore } from './test-runner.js';

const EARLY = new Date('2098-01-01T00:00:00Z');
const BETWEEN = new Date('2098-06-01T00:00:00Z');
const LATE = new Date('2099-01-01T00:00:00Z');

/** As `storeContract`, for a store with `CountChanges`: the tokens that it counts can be extended and renewed. */
export function countChangesContract(
  open: () => Promise<OpenedStore<TempIDStore & CountChanges>>,
  runner?: TestRunner,
): void {
  withStore(open, runner, (it, store) => {
    const purge = async () => {
      while ((await store().purgeExpired(BETWEEN, longDeadline())) > 0);
    };
    const use = async (id: string, times: number) => {
      for (let time = 0; time < times; time++) await store().consume(id, 9, soon());
    };

    it('keeps a count that was prolonged until the later moment, and who made it', async () => {
      const id = newId();
      await store().consume(id, 2, EARLY, { by: 'anna' });
      await store().prolong(id, LATE);
      await purge();
      assert.equal(await store().used(id), 1);
      const { usedBy } = store() as Partial<UsedByStore>;
      const users = (await usedBy?.call(store(), id, { limit: 9 })) ?? [{ by: 'anna' }];
      assert.deepEqual(
        users.map(({ by }) => by),
        ['anna'],
      );
      assert.deepEqual(await store().consume(id, 2, EARLY), { allowed: true, used: 2 });
      assert.deepEqual(await store().consume(id, 2, EARLY), { allowed: false, used: 2 });
    });

    it('keeps a count no shorter than before that is prolonged to an earlier moment', async () => {
      const id = newId();
      await store().consume(id, 2, LATE);
      await store().prolong(id, EARLY);
      await store().prolong(id, new Date(Date.now() - 60_000));
      await purge();
      assert.equal(await store().used(id), 1);
    });

    it('keeps the count of a token that was prolonged before its first use until that moment', async () => {
      const id = newId();
      await store().prolong(id, LATE);
      assert.equal(await store().used(id), 0);
      assert.deepEqual(await store().consume(id, 1, EARLY), { allowed: true, used: 1 });
      await purge();
      assert.deepEqual(await store().consume(id, 1, EARLY), { allowed: false, used: 1 });
    });

    it('gives a token that is prolonged at its first use as many uses as it has', async () => {
      const id = newId();
      const uses = concurrently(20, () => store().consume(id, 5, EARLY, longDeadline()));
      await concurrently(20, () => store().prolong(id, LATE, longDeadline()));
      assert.equal((await uses).filter(({ allowed }) => allowed).length, 5);
      assert.equal(await store().used(id), 5);
    });

    it('leaves a revoked token revoked, and keeps that until the later moment', async () => {
      const id = newId();
      await store().revoke(id, EARLY);
      await store().prolong(id, LATE);
      await purge();
      assert.equal(await store().used(id), REVOKED_COUNT);
      assert.equal((await store().consume(id, 9, EARLY)).allowed, false);
    });

    for (const used of [0, 1, 3]) {
      it(`revokes a token of which ${used} uses are spent, where exactly that is expected`, async () => {
        const id = newId();
        await use(id, used);
        for (const other of [used + 1, used + 2, used - 1, REVOKED_COUNT]) {
          assert.equal(await store().revokeIfUsed(id, other, soon()), false);
        }
        assert.equal(await store().used(id), used);
        assert.equal(await store().revokeIfUsed(id, used, soon()), true);
        assert.equal(await store().used(id), REVOKED_COUNT);
        assert.equal((await store().consume(id, 9, soon())).allowed, false);
      });

      it(`revokes a token of which ${used} uses are spent once, by one of 50 that want to at once`, async () => {
        const id = newId();
        await use(id, used);
        const outcomes = await concurrently(50, () =>
          store().revokeIfUsed(id, used, soon(), longDeadline()),
        );
        assert.equal(outcomes.filter((isDone) => isDone).length, 1);
        for (const late of [used, REVOKED_COUNT]) {
          assert.equal(await store().revokeIfUsed(id, late, soon()), false);
        }
      });
    }

    it('revokes a token whose one use was given back as one that was never used', async () => {
      const id = newId();
      await use(id, 1);
      await store().refund(id);
      assert.equal(await store().revokeIfUsed(id, 0, soon()), true);
      assert.equal(await store().used(id), REVOKED_COUNT);
    });

    it('revokes a token that was prolonged and never used as one that was never used', async () => {
      const id = newId();
      await store().prolong(id, LATE);
      assert.equal(await store().revokeIfUsed(id, 0, EARLY), true);
      assert.equal(await store().used(id), REVOKED_COUNT);
    });

    it('keeps what was revoked by the number of its uses until the later moment', async () => {
      const id = newId();
      await use(id, 2);
      assert.equal(await store().revokeIfUsed(id, 2, LATE), true);
      await purge();
      assert.equal(await store().used(id), REVOKED_COUNT);
    });

    it('either revokes an unused token or lets it be used, where both are wanted at once', async () => {
      const outcomes = await concurrently(40, async () => {
        const id = newId();
        const [isRevoked, { allowed }] = await Promise.all([
          store().revokeIfUsed(id, 0, soon(), longDeadline()),
          store().consume(id, 1, soon(), longDeadline()),
        ]);
        return [isRevoked, allowed];
      });
      for (const [isRevoked, isUsed] of outcomes) assert.notEqual(isRevoked, isUsed);
    });
  });
}

import assert from 'node:assert/strict';
import { REVOKED_COUNT } from '../stores/tempid-store.js';
import { concurrently, newId, longDeadline, soon } from './support.js';
import { type OpenedStore, type TestRunner, withStore } from './test-runner.js';

const HIGHEST_LIMIT = 2_147_483_646;

/**
 * Adds a test for each promise of every store: counting, refunding and revoking tokens. Call it within a `describe`, with a store that talks
 * to a real server.
 *
 * @param open called once, before the tests
 * @param runner default: the `it`, `beforeAll` and `afterAll` of the global scope, as Jest has them
 * @example
 * describe('MyStore', () => storeContract(async () => {
 *   const store = new MyStore(await connect());
 *   return { store, close: () => store.disconnect() };
 * }));
 */
export function storeContract(open: () => Promise<OpenedStore>, runner?: TestRunner): void {
  withStore(open, runner, (it, store) => {
    const consume = async (id: string, maxUses: number, times: number) => {
      for (let time = 0; time < times; time++) await store().consume(id, maxUses, soon());
    };

    it('allows a token as many uses as it has, and no more', async () => {
      const id = newId();
      const answers = [];
      for (let time = 0; time < 4; time++) answers.push(await store().consume(id, 2, soon()));
      assert.deepEqual(answers, [
        { allowed: true, used: 1 },
        { allowed: true, used: 2 },
        { allowed: false, used: 2 },
        { allowed: false, used: 2 },
      ]);
    });

    it('counts the uses of each token by itself', async () => {
      const [one, other] = [newId(), newId()];
      await consume(one, 5, 3);
      await consume(other, 5, 1);
      assert.equal(await store().used(one), 3);
      assert.equal(await store().used(other), 1);
    });

    it('counts no use of a token that it has never seen', async () => {
      assert.equal(await store().used(newId()), 0);
    });

    for (const maxUses of [1, 50, 255, HIGHEST_LIMIT]) {
      it(`takes a limit of ${maxUses}`, async () => {
        const id = newId();
        const first = await store().consume(id, maxUses, soon());
        assert.deepEqual(first, { allowed: true, used: 1 });
        assert.equal(await store().used(id), 1);
      });
    }

    it('allows exactly one of 100 concurrent first uses of a token with one', async () => {
      const id = newId();
      const answers = await concurrently(100, () => store().consume(id, 1, soon(), longDeadline()));
      assert.equal(answers.filter(({ allowed }) => allowed).length, 1);
      assert.deepEqual([...new Set(answers.map(({ used }) => used))], [1]);
    });

    it('allows exactly 50 of 1,000 concurrent uses of a token with 50', async () => {
      const id = newId();
      const answers = await concurrently(1_000, () =>
        store().consume(id, 50, soon(), longDeadline()),
      );
      const allowed = answers.filter((answer) => answer.allowed).map((answer) => answer.used);
      assert.deepEqual(
        allowed.toSorted((a, b) => a - b),
        Array.from({ length: 50 }, (_, index) => index + 1),
      );
      assert.equal(await store().used(id), 50);
    });

    it('makes one use available again by a refund', async () => {
      const id = newId();
      await consume(id, 2, 2);
      await store().refund(id);
      assert.equal(await store().used(id), 1);
      assert.equal((await store().consume(id, 2, soon())).allowed, true);
      assert.equal((await store().consume(id, 2, soon())).allowed, false);
    });

    it('refunds nothing of a token that was never used, and never below zero', async () => {
      const id = newId();
      await store().refund(id);
      await consume(id, 1, 1);
      await store().refund(id);
      await store().refund(id);
      assert.equal(await store().used(id), 0);
      assert.equal((await store().consume(id, 1, soon())).allowed, true);
      assert.equal((await store().consume(id, 1, soon())).allowed, false);
    });

    it('never allows more uses at a time than there are, while others are refunded', async () => {
      const id = newId();
      let held = 0;
      let most = 0;
      await concurrently(20, async () => {
        for (let round = 0; round < 10; round++) {
          const { allowed } = await store().consume(id, 5, soon(), longDeadline());
          if (!allowed) continue;
          most = Math.max(most, ++held);
          await new Promise(setImmediate);
          held--;
          await store().refund(id);
        }
      });
      assert.ok(most >= 1 && most <= 5, `${most} uses were held at once`);
      assert.equal(await store().used(id), 0);
    });

    for (const [state, uses] of Object.entries({ 'never used': 0, used: 1, spent: 3 })) {
      it(`revokes a token that was ${state}, for good`, async () => {
        const id = newId();
        await consume(id, 3, uses);
        await store().revoke(id, soon());
        await store().refund(id);
        assert.equal(await store().used(id), REVOKED_COUNT);
        const late = await store().consume(id, HIGHEST_LIMIT, soon());
        assert.deepEqual(late, { allowed: false, used: REVOKED_COUNT });
      });
    }

    it('allows no use that begins after a revocation has ended', async () => {
      const id = newId();
      const before = concurrently(100, () => store().consume(id, 1_000, soon(), longDeadline()));
      await store().revoke(id, soon());
      const after = await concurrently(100, () =>
        store().consume(id, 1_000, soon(), longDeadline()),
      );
      await before;
      assert.ok(after.every(({ allowed }) => !allowed));
      assert.equal(await store().used(id), REVOKED_COUNT);
    });

    it('tells the counts of many tokens at once, in the order in which they are asked for', async () => {
      const [spent, unknown, revoked, free] = [newId(), newId(), newId(), newId()];
      await consume(spent, 2, 3);
      await store().revoke(revoked, soon());
      const ids = [unknown, spent, revoked, spent, free];
      assert.deepEqual(await store().usedOf(ids), [0, 2, REVOKED_COUNT, 2, 0]);
      assert.deepEqual(await store().usedOf([]), []);
    });

    it('tells the counts of 500 tokens at once', async () => {
      const ids = Array.from({ length: 500 }, newId);
      await concurrently(500, async (n) => {
        const id = ids[n] ?? '';
        for (let use = 0; use < n % 3; use++) await store().consume(id, 9, soon(), longDeadline());
      });
      assert.deepEqual(
        await store().usedOf(ids, longDeadline()),
        ids.map((_, n) => n % 3),
      );
    });

    it('keeps a count until a day after 2038', async () => {
      const id = newId();
      await store().consume(id, 1, new Date('2099-12-31T23:59:59Z'));
      await store().purgeExpired(new Date('2099-12-31T23:58:59Z'));
      assert.equal(await store().used(id), 1);
    });
  });
}

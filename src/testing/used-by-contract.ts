import assert from 'node:assert/strict';
import {
  type ConsumeOptions,
  type ConsumeResult,
  REVOKED_COUNT,
  type TempIDStore,
} from '../stores/tempid-store.js';
import type { UsedByStore } from '../stores/used-by.js';
import { atMoment, concurrently, longDeadline, newId, soon } from './support.js';
import { type OpenedStore, type TestRunner, withStore } from './test-runner.js';
import { addPages } from './used-by-pages.js';

type Store = TempIDStore & UsedByStore;

/** What a token without a use limit is counted with. */
const HIGHEST_LIMIT = 2_147_483_646;

const REFUSED = { allowed: false, used: REVOKED_COUNT };

/** Whoever these stand for, no two of them are the same. */
const NAMES = [
  `x${'x'.repeat(254)}|${'x'.repeat(254)}|${'€'.repeat(255)}|${'😀'.repeat(127)}!|😀|😁|👩‍👩‍👧|é|e\u0301|e`,
  `a|A|a | a|a\t|b|ss|ß|SS|1|01|1.0|__proto__|constructor|null|undefined|o'hara|"|'; --|\`|\\|\\\\`,
  '{|}|{a}|{}|:|a:b|a::b|::|%|_|$a|a.b|.|*|?|,|user 1\nuser 2|+inf|(1|[a|-',
].flatMap((names) => names.split('|'));

/**
 * As `storeContract`, for a store with `UsedByStore`: it knows who used a token. The moments that the store keeps
 * must come from `Date.now()`, which some of the tests replace for a while.
 */
export function usedByContract(open: () => Promise<OpenedStore<Store>>, runner?: TestRunner): void {
  withStore(open, runner, (it, store) => {
    const consume = (id: string, maxUses: number, options: ConsumeOptions) =>
      store().consume(id, maxUses, soon(), { ...longDeadline(), ...options });
    const namesOf = async (id: string) =>
      (await store().usedBy(id, { limit: 1_000 })).map(({ by }) => by);

    it('counts one who uses a token again and again once, and others beside them', async () => {
      const id = newId();
      const answers = [];
      for (const by of ['anna', 'anna', 'ben', 'anna']) answers.push(await consume(id, 5, { by }));
      assert.deepEqual(answers, [
        { allowed: true, used: 1 },
        { allowed: false, used: 1, repeated: true },
        { allowed: true, used: 2 },
        { allowed: false, used: 2, repeated: true },
      ]);
      assert.equal(await store().used(id), 2);
      assert.deepEqual((await namesOf(id)).toSorted(), ['anna', 'ben']);
    });

    it('knows who used a token by that token alone', async () => {
      const [one, other] = [newId(), newId()];
      await consume(one, 1, { by: 'anna' });
      assert.deepEqual(await consume(other, 1, { by: 'anna' }), { allowed: true, used: 1 });
      await store().refund(one, { by: 'anna' });
      assert.deepEqual([await namesOf(one), await namesOf(other)], [[], ['anna']]);
    });

    it('refuses one who comes when no use is left, and keeps nothing of them', async () => {
      const id = newId();
      await consume(id, 1, { by: 'anna' });
      for (const _ of ['once', 'again']) {
        assert.deepEqual(await consume(id, 1, { by: 'ben' }), { allowed: false, used: 1 });
      }
      assert.deepEqual(await namesOf(id), ['anna']);
    });

    it('lets exactly 50 of 300 in who come at once for 50 uses, and knows who they are', async () => {
      const id = newId();
      const answers = await concurrently(300, (n) => consume(id, 50, { by: `user ${n}` }));
      const allowed = answers.flatMap((answer, n) => (answer.allowed ? [`user ${n}`] : []));
      assert.equal(allowed.length, 50);
      assert.equal(await store().used(id), 50);
      assert.deepEqual((await namesOf(id)).toSorted(), allowed.toSorted());
    });

    it('counts one who comes 200 times at once once', async () => {
      const id = newId();
      const answers = await concurrently(200, () => consume(id, 50, { by: 'anna' }));
      assert.deepEqual(
        answers.filter(({ allowed }) => allowed),
        [{ allowed: true, used: 1 }],
      );
      assert.equal(answers.filter(({ repeated, used }) => repeated && used === 1).length, 199);
      assert.deepEqual([await store().used(id), await namesOf(id)], [1, ['anna']]);
    });

    it('lets exactly 20 of 60 in, each as often as they come, who all come five times at once', async () => {
      const id = newId();
      const answers = await concurrently(300, async (n) => ({
        by: n % 60,
        ...(await consume(id, 20, { by: `user ${n % 60}`, repeat: true })),
      }));
      const allowed = answers.filter((answer) => answer.allowed);
      assert.equal(allowed.length, 100);
      assert.equal(new Set(allowed.map(({ by }) => by)).size, 20);
      assert.equal(allowed.filter(({ repeated }) => !repeated).length, 20);
      assert.equal(await store().used(id), 20);
    });

    it('lets the same one through again until so many milliseconds after their use, not after the last time', async () => {
      const id = newId();
      const start = Date.now();
      const answers: ConsumeResult[] = [];
      for (const later of [0, 600, 999, 1_000, 60_000]) {
        const answer = await atMoment(start + later, () =>
          consume(id, 3, { by: 'anna', repeat: 1_000 }),
        );
        answers.push(answer);
      }
      assert.deepEqual(answers, [
        { allowed: true, used: 1 },
        { allowed: true, used: 1, repeated: true },
        { allowed: true, used: 1, repeated: true },
        { allowed: false, used: 1, repeated: true },
        { allowed: false, used: 1, repeated: true },
      ]);
      assert.deepEqual(await store().usedBy(id, { limit: 9 }), [
        { by: 'anna', at: new Date(start) },
      ]);
    });

    it('lets the same one through again no longer where the clock is behind by more than repeat', async () => {
      const id = newId();
      const start = Date.now();
      const at = (moment: number) =>
        atMoment(moment, () => consume(id, 3, { by: 'anna', repeat: 1_000 }));
      const answers = [await at(start)];
      for (const behind of [999, 1_000, 3_600_000]) answers.push(await at(start - behind));
      assert.deepEqual(
        answers.map(({ allowed }) => allowed),
        [true, true, false, false],
      );
      assert.equal(await store().used(id), 1);
    });

    for (const [how, repeat] of Object.entries({ 'for a minute': 60_000, 'for good': true })) {
      it(`lets one who may come again ${how} through also when no use is left`, async () => {
        const id = newId();
        await consume(id, 2, { by: 'anna' });
        await consume(id, 2, { by: 'ben' });
        const options = { by: 'anna', repeat: repeat === true ? repeat : Number(repeat) };
        assert.deepEqual(await consume(id, 2, options), { allowed: true, used: 2, repeated: true });
        assert.deepEqual(await consume(id, 2, { ...options, by: 'carl' }), {
          allowed: false,
          used: 2,
        });
        assert.equal(await store().used(id), 2);
      });
    }

    it('lets nobody use a revoked token, not even one who had their use and may come again', async () => {
      const [id, unused] = [newId(), newId()];
      await consume(id, 3, { by: 'anna' });
      for (const revoked of [id, unused]) {
        await store().revoke(revoked, soon());
        for (const by of ['anna', 'ben']) {
          assert.deepEqual(await consume(revoked, HIGHEST_LIMIT, { by, repeat: true }), REFUSED);
        }
      }
      assert.deepEqual([await namesOf(id), await namesOf(unused)], [['anna'], []]);
    });

    it('counts those who come beside those who do not say who they are', async () => {
      const id = newId();
      await store().consume(id, 3, soon());
      await consume(id, 3, { by: 'anna' });
      await store().consume(id, 3, soon());
      assert.deepEqual(await consume(id, 3, { by: 'ben' }), { allowed: false, used: 3 });
      assert.deepEqual(await store().consume(id, 3, soon()), { allowed: false, used: 3 });
      assert.deepEqual(await namesOf(id), ['anna']);
    });

    it('gives the use of one back and forgets them, who can come again', async () => {
      const id = newId();
      await consume(id, 2, { by: 'anna' });
      await consume(id, 2, { by: 'ben' });
      await store().refund(id, { by: 'anna' });
      assert.deepEqual([await store().used(id), await namesOf(id)], [1, ['ben']]);
      assert.deepEqual(await consume(id, 2, { by: 'anna' }), { allowed: true, used: 2 });
      assert.deepEqual(await consume(id, 2, { by: 'carl' }), { allowed: false, used: 2 });
    });

    it('gives nothing back of one who has no use, nor of one whose use was given back', async () => {
      const [id, unused] = [newId(), newId()];
      for (const by of ['anna', 'ben', 'carl']) await consume(id, 5, { by });
      for (const by of ['dora', 'Anna', 'anna ', 'ann']) await store().refund(id, { by });
      assert.equal(await store().used(id), 3);
      await concurrently(20, () => store().refund(id, { by: 'ben', ...longDeadline() }));
      assert.deepEqual([await store().used(id), await namesOf(id)], [2, ['anna', 'carl']]);
      await store().refund(unused, { by: 'anna' });
      assert.deepEqual(await consume(unused, 1, { by: 'anna' }), { allowed: true, used: 1 });
    });

    it('gives a use back without forgetting anybody where it is not said whose', async () => {
      const id = newId();
      await consume(id, 2, { by: 'anna' });
      await consume(id, 2, { by: 'ben' });
      await store().refund(id);
      assert.deepEqual([await store().used(id), await namesOf(id)], [1, ['anna', 'ben']]);
      const again = await consume(id, 2, { by: 'anna' });
      assert.deepEqual(again, { allowed: false, used: 1, repeated: true });
    });

    it('gives nothing of a revoked token back', async () => {
      const id = newId();
      await consume(id, 2, { by: 'anna' });
      await store().revoke(id, soon());
      await store().refund(id, { by: 'anna' });
      assert.equal(await store().used(id), REVOKED_COUNT);
    });

    it('has counted nobody in the end where everybody gave their use back, whatever came at once', async () => {
      const id = newId();
      let held = 0;
      let most = 0;
      await concurrently(20, async (n) => {
        const by = `user ${n % 10}`;
        for (let round = 0; round < 10; round++) {
          if (!(await consume(id, 5, { by })).allowed) continue;
          most = Math.max(most, ++held);
          await new Promise(setImmediate);
          held--;
          await store().refund(id, { by, ...longDeadline() });
        }
      });
      assert.ok(most >= 1 && most <= 5, `${most} had a use at once`);
      assert.deepEqual([await store().used(id), await namesOf(id)], [0, []]);
    });

    it('counts anybody who comes for a token without a use limit, each once', async () => {
      const id = newId();
      const come = () => concurrently(40, (n) => consume(id, HIGHEST_LIMIT, { by: `user ${n}` }));
      assert.ok((await come()).every(({ allowed }) => allowed));
      assert.ok((await come()).every(({ allowed, repeated }) => !allowed && repeated));
      assert.equal(await store().used(id), 40);
    });

    it('tells everybody from everybody else, whatever they are called', async () => {
      const id = newId();
      for (const [index, by] of NAMES.entries()) {
        const first = await consume(id, HIGHEST_LIMIT, { by });
        assert.deepEqual(first, { allowed: true, used: index + 1 }, JSON.stringify(by));
      }
      assert.deepEqual((await namesOf(id)).toSorted(), NAMES.toSorted());
      for (const [index, by] of NAMES.entries()) {
        const again = await consume(id, HIGHEST_LIMIT, { by, repeat: true });
        const used = NAMES.length - index;
        assert.deepEqual(again, { allowed: true, used, repeated: true }, JSON.stringify(by));
        await store().refund(id, { by });
      }
      assert.deepEqual([await store().used(id), await namesOf(id)], [0, []]);
    });

    addPages(it, store);

    it('knows who used a token as long as it keeps the count', async () => {
      const id = newId();
      await store().consume(id, 3, new Date('2099-12-31T23:59:59Z'), { by: 'anna' });
      await store().consume(id, 3, new Date('2031-12-31T23:59:59Z'), { by: 'ben' });
      await store().purgeExpired(new Date('2099-12-31T23:58:59Z'));
      assert.deepEqual([await store().used(id), (await namesOf(id)).length], [2, 2]);
    });
  });
}

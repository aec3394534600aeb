import assert from 'node:assert/strict';
import { type Issue, REVOKED_COUNT, type TempIDStore } from '../stores/tempid-store.js';
import { concurrently } from './concurrently.js';
import { newId } from './new-id.js';
import { patient } from './patient.js';
import { type OpenedStore, type TestRunner, withStore } from './test-runner.js';

const REFUSED = { allowed: false, used: REVOKED_COUNT };

/** As `storeContract`, for a store that overrides `revokeGroup`: it keeps what was revoked of subjects and purposes. */
export function groupsContract(open: () => Promise<OpenedStore>, runner?: TestRunner): void {
  withStore(open, runner, (it, store) => {
    const moment = Date.now();
    const consume = (id: string, issue: Issue, maxUses = 2) =>
      store().consume(id, maxUses, soon(), { issue, ...patient() });
    const revoke = (group: string, issuedUntil: number, except: string | null = null) =>
      store().revokeGroup(group, { issuedUntil, except }, soon(), patient());

    it('spends the uses of a token of whose groups nothing was revoked', async () => {
      const id = newId();
      const issue = { at: moment, groups: [newId(), newId(), newId()] };
      const answers = [];
      for (let time = 0; time < 3; time++) answers.push(await consume(id, issue));
      assert.deepEqual(answers, [
        { allowed: true, used: 1 },
        { allowed: true, used: 2 },
        { allowed: false, used: 2 },
      ]);
      assert.equal(await store().used(id, { issue }), 2);
    });

    for (const index of [0, 1, 2]) {
      it(`refuses a token by what was revoked of group ${index + 1} of three, and spends nothing`, async () => {
        const id = newId();
        const groups = [newId(), newId(), newId()];
        await revoke(groups[index] ?? '', moment);
        assert.deepEqual(await consume(id, { at: moment - 1, groups }), REFUSED);
        assert.equal(await store().used(id, { issue: { at: moment - 1, groups } }), REVOKED_COUNT);
        assert.equal(await store().used(id), 0);
      });
    }

    it('tells by the millisecond what was issued before a revocation and what after', async () => {
      const group = newId();
      await revoke(group, moment);
      const answers = [];
      for (const at of [moment - 1, moment, moment + 1]) {
        answers.push((await consume(newId(), { at, groups: [group] })).allowed);
      }
      assert.deepEqual(answers, [false, false, true]);
    });

    it('refuses a token that was in use before, and counts its use no more', async () => {
      const [id, group] = [newId(), newId()];
      const issue = { at: moment, groups: [group] };
      await consume(id, issue);
      await revoke(group, moment);
      assert.deepEqual(await consume(id, issue), REFUSED);
      assert.equal(await store().used(id), 1);
    });

    it('lets the one token of the very moment go on that is excepted', async () => {
      const [group, id, rival] = [newId(), newId(), newId()];
      await revoke(group, moment, id);
      const answers = [
        await consume(id, { at: moment, groups: [group] }),
        await consume(rival, { at: moment, groups: [group] }),
        await consume(id, { at: moment - 1, groups: [group] }),
      ];
      assert.deepEqual(
        answers.map(({ allowed }) => allowed),
        [true, false, false],
      );
      assert.equal(await store().used(id, { issue: { at: moment, groups: [group] } }), 1);
    });

    it('keeps the later of two revocations, whatever their order, and of one moment the last', async () => {
      const [group, first, second] = [newId(), newId(), newId()];
      const stands = async (id: string, at: number) =>
        (await store().used(id, { issue: { at, groups: [group] } })) === 0;
      await revoke(group, moment, first);
      await revoke(group, moment - 5, second);
      assert.deepEqual([await stands(first, moment), await stands(second, moment)], [true, false]);
      await revoke(group, moment, second);
      assert.deepEqual([await stands(first, moment), await stands(second, moment)], [false, true]);
      await revoke(group, moment, null);
      assert.deepEqual(
        [await stands(second, moment), await stands(second, moment + 1)],
        [false, true],
      );
      await revoke(group, moment + 5, null);
      assert.equal(await stands(second, moment + 1), false);
    });

    it('leaves other groups, and tokens without any, alone', async () => {
      const [group, other, id] = [newId(), newId(), newId()];
      await revoke(group, moment);
      assert.equal((await consume(id, { at: moment, groups: [other] })).allowed, true);
      assert.equal((await consume(id, { at: moment, groups: [] })).allowed, true);
    });

    it('has the uses, the revocation and the answer of an id beside what was revoked of a group of that id', async () => {
      const id = newId();
      await revoke(id, moment);
      assert.equal(await store().used(id), 0);
      assert.equal(await store().recall(id), null);
      assert.deepEqual(await store().consume(id, 1, soon()), { allowed: true, used: 1 });
      await store().revoke(id, soon());
      assert.equal((await consume(newId(), { at: moment + 1, groups: [id] })).allowed, true);
      assert.equal((await consume(newId(), { at: moment, groups: [id] })).allowed, false);
    });

    it('allows no use that begins after the revocation of a group has ended', async () => {
      const [id, group] = [newId(), newId()];
      const issue = { at: moment, groups: [group] };
      const before = concurrently(100, () => consume(id, issue, 1_000));
      await revoke(group, moment);
      const after = await concurrently(100, () => consume(id, issue, 1_000));
      await before;
      assert.ok(after.every(({ allowed }) => !allowed));
    });

    it('lets exactly the last of 50 stand that replace each other at one moment', async () => {
      const group = newId();
      const ids = Array.from({ length: 50 }, newId);
      await concurrently(50, (index) => revoke(group, moment, ids[index]));
      const answers = await concurrently(50, (index) =>
        store().used(ids[index] ?? '', { issue: { at: moment, groups: [group] } }),
      );
      assert.equal(answers.filter((used) => used === 0).length, 1);
    });

    it('still counts exactly, of a token that belongs to groups', async () => {
      const id = newId();
      const issue = { at: moment, groups: [newId(), newId(), newId()] };
      const answers = await concurrently(200, () => consume(id, issue, 20));
      assert.equal(answers.filter(({ allowed }) => allowed).length, 20);
      assert.equal(await store().used(id, { issue }), 20);
    });

    it('keeps a revocation of a group until a day after 2038', async () => {
      const [group, id] = [newId(), newId()];
      const issuedUntil = Date.UTC(2098, 0);
      const keepUntil = new Date('2099-12-31T23:59:59Z');
      await store().revokeGroup(group, { issuedUntil, except: null }, keepUntil);
      await store().purgeExpired(new Date('2099-12-31T23:58:59Z'));
      const issue = { at: issuedUntil, groups: [group] };
      assert.equal(await store().used(id, { issue }), REVOKED_COUNT);
    });
  });
}

/**
 * As `purgingContract`, for a store that overrides `revokeGroup` and forgets when it is told to. The store must be
 * empty.
 */
export function groupsPurgingContract(open: () => Promise<OpenedStore>, runner?: TestRunner): void {
  const now = new Date('2031-05-06T07:08:09Z');
  const minutesFromNow = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
  const at = now.getTime();

  withStore(open, runner, (it, store) => {
    const standsOf = async (group: string) => isStanding(store(), group, at);

    it('forgets what was revoked of groups when its time is over, and only then', async () => {
      const revoke = (group: string, minutes: number) =>
        store().revokeGroup(group, { issuedUntil: at, except: null }, minutesFromNow(minutes));
      await revoke('over', -2);
      await revoke('kept', 2);
      await revoke('put off', -2);
      await revoke('put off', 2);
      await revoke('not brought forward', 2);
      await revoke('not brought forward', -2);
      assert.equal(await store().purgeExpired(now), 1);
      assert.equal(await store().purgeExpired(now), 0);
      assert.equal(await standsOf('over'), true);
      for (const group of ['kept', 'put off', 'not brought forward']) {
        assert.equal(await standsOf(group), false, group);
      }
    });
  });
}

async function isStanding(store: TempIDStore, group: string, at: number): Promise<boolean> {
  return (await store.used(newId(), { issue: { at, groups: [group] } })) === 0;
}

function soon(): Date {
  return new Date(Date.now() + 3_600_000);
}

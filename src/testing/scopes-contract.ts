import assert from 'node:assert/strict';
import type { ScopeRevocations } from '../stores/scope-revocations.js';
import { type Issuance, REVOKED_COUNT, type TempIDStore } from '../stores/tempid-store.js';
import { concurrently, newId, longDeadline, soon } from './support.js';
import { type OpenedStore, type TestRunner, withStore } from './test-runner.js';

const REFUSED = { allowed: false, used: REVOKED_COUNT };

/** As `storeContract`, for a store with `ScopeRevocations`: it can revoke all tokens of a subject or a purpose. */
export function scopesContract(
  open: () => Promise<OpenedStore<TempIDStore & ScopeRevocations>>,
  runner?: TestRunner,
): void {
  withStore(open, runner, (it, store) => {
    const moment = Date.now();
    const consume = (id: string, issuance: Issuance, maxUses = 2) =>
      store().consume(id, maxUses, soon(), { issuance, ...longDeadline() });
    const revoke = (scope: string, issuedUntil: number, except: string | null = null) =>
      store().revokeScope(scope, { issuedUntil, except }, soon(), longDeadline());

    it('spends the uses of a token of whose scopes nothing was revoked', async () => {
      const id = newId();
      const issuance = { at: moment, scopes: [newId(), newId(), newId()] };
      const answers = [];
      for (let time = 0; time < 3; time++) answers.push(await consume(id, issuance));
      assert.deepEqual(answers, [
        { allowed: true, used: 1 },
        { allowed: true, used: 2 },
        { allowed: false, used: 2 },
      ]);
      assert.equal(await store().used(id, { issuance }), 2);
    });

    for (const index of [0, 1, 2]) {
      it(`refuses a token by what was revoked of scope ${index + 1} of three, and spends nothing`, async () => {
        const id = newId();
        const scopes = [newId(), newId(), newId()];
        await revoke(scopes[index] ?? '', moment);
        assert.deepEqual(await consume(id, { at: moment - 1, scopes }), REFUSED);
        assert.equal(
          await store().used(id, { issuance: { at: moment - 1, scopes } }),
          REVOKED_COUNT,
        );
        assert.equal(await store().used(id), 0);
      });
    }

    it('tells by the millisecond what was issued before a revocation and what after', async () => {
      const scope = newId();
      await revoke(scope, moment);
      const answers = [];
      for (const at of [moment - 1, moment, moment + 1]) {
        answers.push((await consume(newId(), { at, scopes: [scope] })).allowed);
      }
      assert.deepEqual(answers, [false, false, true]);
    });

    it('refuses a token that was in use before, and counts its use no more', async () => {
      const [id, scope] = [newId(), newId()];
      const issuance = { at: moment, scopes: [scope] };
      await consume(id, issuance);
      await revoke(scope, moment);
      assert.deepEqual(await consume(id, issuance), REFUSED);
      assert.equal(await store().used(id), 1);
    });

    it('lets the one token of the very moment go on that is excepted', async () => {
      const [scope, id, rival] = [newId(), newId(), newId()];
      await revoke(scope, moment, id);
      const answers = [
        await consume(id, { at: moment, scopes: [scope] }),
        await consume(rival, { at: moment, scopes: [scope] }),
        await consume(id, { at: moment - 1, scopes: [scope] }),
      ];
      assert.deepEqual(
        answers.map(({ allowed }) => allowed),
        [true, false, false],
      );
      assert.equal(await store().used(id, { issuance: { at: moment, scopes: [scope] } }), 1);
    });

    it('keeps the later of two revocations, whatever their order, and of one moment the last', async () => {
      const [scope, first, second] = [newId(), newId(), newId()];
      const stands = async (id: string, at: number) =>
        (await store().used(id, { issuance: { at, scopes: [scope] } })) === 0;
      await revoke(scope, moment, first);
      await revoke(scope, moment - 5, second);
      assert.deepEqual([await stands(first, moment), await stands(second, moment)], [true, false]);
      await revoke(scope, moment, second);
      assert.deepEqual([await stands(first, moment), await stands(second, moment)], [false, true]);
      await revoke(scope, moment, null);
      assert.deepEqual(
        [await stands(second, moment), await stands(second, moment + 1)],
        [false, true],
      );
      await revoke(scope, moment + 5, null);
      assert.equal(await stands(second, moment + 1), false);
    });

    it('leaves other scopes, and tokens without any, alone', async () => {
      const [scope, other, id] = [newId(), newId(), newId()];
      await revoke(scope, moment);
      assert.equal((await consume(id, { at: moment, scopes: [other] })).allowed, true);
      assert.equal((await consume(id, { at: moment, scopes: [] })).allowed, true);
    });

    it('has the uses and the revocation of an id beside what was revoked of a scope of that id', async () => {
      const id = newId();
      await revoke(id, moment);
      assert.equal(await store().used(id), 0);
      assert.deepEqual(await store().consume(id, 1, soon()), { allowed: true, used: 1 });
      await store().revoke(id, soon());
      assert.equal((await consume(newId(), { at: moment + 1, scopes: [id] })).allowed, true);
      assert.equal((await consume(newId(), { at: moment, scopes: [id] })).allowed, false);
    });

    it('allows no use that begins after the revocation of a scope has ended', async () => {
      const [id, scope] = [newId(), newId()];
      const issuance = { at: moment, scopes: [scope] };
      const before = concurrently(100, () => consume(id, issuance, 1_000));
      await revoke(scope, moment);
      const after = await concurrently(100, () => consume(id, issuance, 1_000));
      await before;
      assert.ok(after.every(({ allowed }) => !allowed));
    });

    it('lets exactly the last of 50 stand that replace each other at one moment', async () => {
      const scope = newId();
      const ids = Array.from({ length: 50 }, newId);
      await concurrently(50, (index) => revoke(scope, moment, ids[index]));
      const answers = await concurrently(50, (index) =>
        store().used(ids[index] ?? '', { issuance: { at: moment, scopes: [scope] } }),
      );
      assert.equal(answers.filter((used) => used === 0).length, 1);
    });

    it('still counts exactly, of a token that belongs to scopes', async () => {
      const id = newId();
      const issuance = { at: moment, scopes: [newId(), newId(), newId()] };
      const answers = await concurrently(200, () => consume(id, issuance, 20));
      assert.equal(answers.filter(({ allowed }) => allowed).length, 20);
      assert.equal(await store().used(id, { issuance }), 20);
    });

    it('tells of many tokens at once which of them a revocation ends', async () => {
      const [scope, other] = [newId(), newId()];
      const [ended, standing, excepted, late, alone] = Array.from({ length: 5 }, newId);
      const tokens = [
        { id: ended ?? '', issuance: { at: moment, scopes: [other, scope] } },
        { id: standing ?? '', issuance: { at: moment, scopes: [other, newId(), newId()] } },
        { id: excepted ?? '', issuance: { at: moment, scopes: [scope] } },
        { id: late ?? '', issuance: { at: moment + 1, scopes: [scope] } },
        { id: alone ?? '', issuance: undefined },
      ];
      for (const { id } of tokens) await store().consume(id, 2, soon());
      await revoke(scope, moment, excepted);
      const counts = await store().usedOf(
        tokens.map(({ id }) => id),
        { issuances: tokens.map(({ issuance }) => issuance), ...longDeadline() },
      );
      assert.deepEqual(counts, [REVOKED_COUNT, 1, 1, 1, 1]);
    });

    it('keeps a revocation of a scope until a day after 2038', async () => {
      const [scope, id] = [newId(), newId()];
      const issuedUntil = Date.UTC(2098, 0);
      const keepUntil = new Date('2099-12-31T23:59:59Z');
      await store().revokeScope(scope, { issuedUntil, except: null }, keepUntil);
      await store().purgeExpired(new Date('2099-12-31T23:58:59Z'));
      const issuance = { at: issuedUntil, scopes: [scope] };
      assert.equal(await store().used(id, { issuance }), REVOKED_COUNT);
    });
  });
}

/** As `purgingContract`, for a store with `ScopeRevocations`. It must be empty. */
export function scopesPurgingContract(
  open: () => Promise<OpenedStore<TempIDStore & ScopeRevocations>>,
  runner?: TestRunner,
): void {
  const now = new Date('2031-05-06T07:08:09Z');
  const minutesFromNow = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
  const at = now.getTime();

  withStore(open, runner, (it, store) => {
    const standsOf = async (scope: string) => isStanding(store(), scope, at);

    it('forgets what was revoked of scopes when its time is over, and only then', async () => {
      const revoke = (scope: string, minutes: number) =>
        store().revokeScope(scope, { issuedUntil: at, except: null }, minutesFromNow(minutes));
      await revoke('over', -2);
      await revoke('kept', 2);
      await revoke('put off', -2);
      await revoke('put off', 2);
      await revoke('not brought forward', 2);
      await revoke('not brought forward', -2);
      assert.equal(await store().purgeExpired(now), 1);
      assert.equal(await store().purgeExpired(now), 0);
      assert.equal(await standsOf('over'), true);
      for (const scope of ['kept', 'put off', 'not brought forward']) {
        assert.equal(await standsOf(scope), false, scope);
      }
    });
  });
}

async function isStanding(store: TempIDStore, scope: string, at: number): Promise<boolean> {
  return (await store.used(newId(), { issuance: { at, scopes: [scope] } })) === 0;
}

import assert from 'node:assert/strict';
import type { ScopeRevocations } from '../stores/scope-revocations.js';
import { type ConsumeOptions, REVOKED_COUNT, type TempIDStore } from '../stores/tempid-store.js';
import type { UsedByStore } from '../stores/used-by.js';
import { concurrently, longDeadline, newId, soon } from './support.js';
import { type OpenedStore, type TestRunner, withStore } from './test-runner.js';

const REFUSED = { allowed: false, used: REVOKED_COUNT };

/** As `usedByContract`, for a store that keeps revocations of subjects and purposes, too. */
export function usedByScopesContract(
  open: () => Promise<OpenedStore<TempIDStore & UsedByStore & ScopeRevocations>>,
  runner?: TestRunner,
): void {
  withStore(open, runner, (it, store) => {
    const at = Date.now();
    const tokenOf = (...scopes: string[]) => ({ id: newId(), issuance: { at, scopes } });
    type Token = ReturnType<typeof tokenOf>;
    const consume = ({ id, issuance }: Token, maxUses: number, options: ConsumeOptions) =>
      store().consume(id, maxUses, soon(), { issuance, ...longDeadline(), ...options });
    const namesOf = async ({ id }: Token) =>
      (await store().usedBy(id, { limit: 1_000 })).map(({ by }) => by);
    const revoke = (scope: string) =>
      store().revokeScope(scope, { issuedUntil: at, except: null }, soon());

    it('counts one who uses a token of scopes again and again once', async () => {
      const token = tokenOf(newId(), newId(), newId());
      const answers = [];
      for (const by of ['anna', 'anna', 'ben', 'carl']) {
        answers.push(await consume(token, 2, { by, repeat: true }));
      }
      assert.deepEqual(answers, [
        { allowed: true, used: 1 },
        { allowed: true, used: 1, repeated: true },
        { allowed: true, used: 2 },
        { allowed: false, used: 2 },
      ]);
      assert.deepEqual((await namesOf(token)).toSorted(), ['anna', 'ben']);
    });

    it('lets exactly 20 of 60 in who come three times at once for a token of scopes', async () => {
      const token = tokenOf(newId(), newId(), newId());
      const answers = await concurrently(180, (n) => consume(token, 20, { by: `user ${n % 60}` }));
      assert.equal(answers.filter(({ allowed }) => allowed).length, 20);
      assert.equal(await store().used(token.id), 20);
      assert.equal((await namesOf(token)).length, 20);
    });

    for (const index of [0, 1, 2]) {
      it(`lets nobody use a token by what was revoked of scope ${index + 1} of three, and neither counts nor forgets anybody`, async () => {
        const scopes = [newId(), newId(), newId()];
        const token = tokenOf(...scopes);
        await consume(token, 5, { by: 'anna' });
        await revoke(scopes[index] ?? '');
        for (const by of ['anna', 'ben']) {
          assert.deepEqual(await consume(token, 5, { by, repeat: true }), REFUSED);
        }
        assert.deepEqual([await store().used(token.id), await namesOf(token)], [1, ['anna']]);
      });
    }

    it('lets nobody in who comes after the revocation of a scope has ended, and keeps no more of them than were counted', async () => {
      const scope = newId();
      const token = tokenOf(scope);
      const come = (who: string) =>
        concurrently(60, (n) => consume(token, 1_000, { by: `${who} ${n}`, repeat: true }));
      const before = come('early');
      await revoke(scope);
      const after = await come('late');
      const early = await before;
      assert.ok(after.every(({ allowed }) => !allowed));
      assert.equal((await namesOf(token)).length, early.filter(({ allowed }) => allowed).length);
      assert.equal(await store().used(token.id), (await namesOf(token)).length);
    });
  });
}

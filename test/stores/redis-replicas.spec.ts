import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPrivate } from '../../scripts/services/index.mjs';
import { REVOKED_COUNT, type TempID, TempIDStoreUnavailableError } from '../../src/index.js';
import { RedisTempIDStore } from '../../src/stores/redis/index.js';
import {
  countChangesContract,
  scopesContract,
  storeContract,
  usedByContract,
  usedByScopesContract,
} from '../../src/testing/index.js';
import { concurrently, newId } from '../../src/testing/support.js';
import { openStore } from '../support/open-store.js';
import { type OpenedService, openService } from './redis/open-service.js';
import { ask, askText, describeServers, halt, started } from './redis/server.js';
import { until } from './redis/until.js';

describeServers('RedisTempIDStore that waits for a replica', () => {
  const primary = started(() => startPrivate('redis'));
  const replica = started(() => startPrivate('redis', { replicaOf: primary().url }));
  const soon = () => new Date(Date.now() + 3_600_000);
  let opened: OpenedService;

  beforeAll(async () => {
    opened = await openService({ url: primary().url, waitReplicas: 1 }, '1s');
  });

  afterAll(() => opened.close());

  describe('keeps the contract of every store:', () => {
    const open = () =>
      openStore(RedisTempIDStore.register({ url: primary().url, waitReplicas: 1 }));
    storeContract(open);
    scopesContract(open);
    usedByContract(open);
    usedByScopesContract(open);
    countChangesContract(open);
  });

  it('a use is on the replica before it is allowed', async () => {
    for (let use = 1; use <= 100; use++) {
      const id = newId();
      await opened.store.consume(id, 1, soon());
      expect(await ask(replica().url, 'GET', `tempid:${id}`)).toBe('1');
    }
  });

  it('who used a token is on the replica before the use is allowed, and before it is allowed again', async () => {
    for (let use = 1; use <= 50; use++) {
      const id = newId();
      for (const repeat of [0, true] as const) {
        await opened.store.consume(id, 1, soon(), { by: 'anna', repeat });
        const users = await ask(replica().url, 'ZRANGE', `tempid:{tempid:${id}}@by`, 0, -1);
        expect(users).toEqual(['anna']);
      }
    }
  });

  it('a revocation of a scope is on the replica before revokeScope resolves', async () => {
    for (let issuedUntil = 1; issuedUntil <= 100; issuedUntil++) {
      const scope = newId();
      await opened.store.revokeScope(scope, { issuedUntil, except: null }, soon());
      expect(await ask(replica().url, 'GET', `tempid:group:${scope}`)).toBe(`${issuedUntil}`);
    }
  });

  it('many concurrent uses wait for the replica once', async () => {
    const waits = async () => {
      const stats = await askText(primary().url, 'INFO', 'commandstats');
      return Number(/cmdstat_wait:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    };
    const before = await waits();
    const patient = await openService({ url: primary().url, waitReplicas: 1 });
    const token = await patient.service.mint({ maxUses: 50 });
    const answers = await concurrently(2_500, () => patient.service.use(token));
    expect(answers.filter(Boolean).length).toBe(50);
    expect((await waits()) - before).toBeLessThan(20);
    await patient.close();
  });

  it('uses are counted where the server has forgotten the scripts', async () => {
    const id = newId();
    await opened.store.consume(id, 100, soon());
    await ask(primary().url, 'SCRIPT', 'FLUSH');
    const answers = await concurrently(200, () => opened.store.consume(id, 100, soon()));
    expect(answers.filter(({ allowed }) => allowed).length).toBe(99);
    expect(await opened.store.used(id)).toBe(100);
  });

  it('a use is unavailable where there are fewer replicas than waitReplicas', async () => {
    const two = await openService({ url: primary().url, waitReplicas: 2 }, '1s');
    const token = await two.service.mint({ maxUses: 1 });
    await expect(two.service.use(token)).rejects.toThrow(
      'the use is spent, but only 1 of 2 replicas had it in time',
    );
    const { id } = await two.service.mint({ maxUses: 1 });
    for (const repeat of [0, true] as const) {
      const use = two.store.consume(id, 1, soon(), { by: 'anna', repeat });
      await expect(use).rejects.toThrow('only 1 of 2 replicas had it in time');
    }
    await expect(two.store.prolong(id, soon())).rejects.toThrow('prolonged, but only 1 of 2');
    await expect(two.store.revokeIfUsed(id, 1, soon())).rejects.toThrow('revoked, but only 1 of 2');
    await two.close();
  });

  describe('while the replica is silent', () => {
    let spent: TempID<null>;
    let wake: () => void;

    beforeAll(async () => {
      spent = await opened.service.mint({ maxUses: 1 });
      await opened.service.use(spent);
      wake = await halt(replica().url);
    });

    afterAll(() => wake());

    it('a use is counted and rejected as unavailable while the replica is silent', async () => {
      const token = await opened.service.mint({ maxUses: 1 });
      const use = opened.service.use(token);
      await expect(use).rejects.toThrow(TempIDStoreUnavailableError);
      await expect(use).rejects.toThrow(
        'the use is spent, but only 0 of 1 replicas had it in time',
      );
      expect((await opened.service.usesInfo(token)).used).toBe(1);
    });

    it('a used-up token is refused while the replica is silent, which is safe on every server', async () => {
      expect(await opened.service.use(spent)).toBe(false);
    });

    it('revoke rejects while the replica is silent, and the token is revoked', async () => {
      const id = newId();
      await expect(opened.store.revoke(id, soon())).rejects.toThrow(
        'the token is revoked, but only 0',
      );
      expect(await opened.store.used(id)).toBe(REVOKED_COUNT);
    });

    it('revokeScope rejects while the replica is silent, and the scope is revoked', async () => {
      const scope = newId();
      const revocation = { issuedUntil: 2, except: null };
      await expect(opened.store.revokeScope(scope, revocation, soon())).rejects.toThrow(
        'the scope is revoked, but only 0 of 1 replicas had it in time',
      );
      const issuance = { at: 2, scopes: [newId(), scope] };
      expect(await opened.store.used(newId(), { issuance })).toBe(REVOKED_COUNT);
      expect(await opened.store.consume(newId(), 1, soon(), { issuance })).toEqual({
        allowed: false,
        used: REVOKED_COUNT,
      });
    });

    it('a use of a token without a revoked scope is unavailable while the replica is silent', async () => {
      const issuance = { at: 2, scopes: [newId()] };
      await expect(opened.store.consume(newId(), 1, soon(), { issuance })).rejects.toThrow(
        'the use is spent, but only 0 of 1 replicas had it in time',
      );
    });

    it('a use whose caller has given up is not sent while the replica is silent', async () => {
      const id = newId();
      const deadline = performance.now() + 1_900;
      const first = opened.store.consume(id, 1, soon(), { deadline }).catch(() => 'unavailable');
      await until(async () => (await ask(primary().url, 'GET', `tempid:${id}`)) === '1');
      const tokens = await concurrently(20, () => opened.service.mint({ maxUses: 1 }));
      const uses = tokens.map((token) => opened.service.use(token));
      for (const use of await Promise.allSettled(uses)) {
        expect(use).toMatchObject({ reason: expect.any(TempIDStoreUnavailableError) });
      }
      expect(await first).toBe('unavailable');
      const used = await Promise.all(tokens.map((token) => opened.store.used(token.id)));
      expect(new Set(used)).toEqual(new Set([0]));
    });
  });

  it('uses are allowed again when the replica is back', async () => {
    const token = await opened.service.mint({ maxUses: 2 });
    expect(await opened.service.use(token)).toBe(true);
  });
});

import { stat } from 'node:fs/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  MemoryTempIDStore,
  TempIDConfigurationError,
  TempIDExhaustedError,
  TempIDFormatError,
  TempIDRevokedError,
  TempIDScopeError,
  type TempIDStore,
  TempIDStoreUnavailableError,
  TempIDTamperedError,
  type UseOptions,
} from '../../src/index.js';
import { BrokenStore } from '../support/broken-store.js';
import { MINUTE, NOW, setClock } from '../support/clock.js';
import { OLD_SECRET } from '../support/secrets.js';
import { createService } from '../support/service.js';
import { SilentStore } from '../support/silent-store.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the uses of a token', () => {
  it('are spent one by one, also for two who hold its string', async () => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 2 });
    expect(await tempid.usesInfo(token)).toEqual({ total: 2, used: 0, left: 2 });
    expect(await tempid.use(token)).toBe(true);
    expect(await tempid.use(token.value)).toBe(true);
    expect(await tempid.use(token)).toBe(false);
    expect(await tempid.usesInfo(token.value)).toEqual({ total: 2, used: 2, left: 0 });
    await expect(tempid.useOrThrow(token)).rejects.toThrow(TempIDExhaustedError);
  });

  it('are not seen by a plain verify, and are by checkUses, which spends none', async () => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 1 });
    expect(await tempid.verify(token.value, { checkUses: true })).not.toBeNull();
    await tempid.use(token);
    expect(await tempid.verify(token.value)).not.toBeNull();
    expect(await tempid.verify(token.value, { checkUses: true })).toBeNull();
    await expect(tempid.verifyOrThrow(token.value, { checkUses: true })).rejects.toThrow(
      TempIDExhaustedError,
    );
  });

  it('have no end without a limit, until the token is revoked', async () => {
    const tempid = createService();
    const token = await tempid.mint();
    expect([await tempid.use(token), await tempid.use(token)]).toEqual([true, true]);
    expect(await tempid.usesInfo(token)).toEqual({ total: null, used: null, left: null });
    await tempid.refund(token);
    await tempid.revoke(token);
    expect(await tempid.use(token)).toBe(false);
    expect(await tempid.usesInfo(token)).toEqual({ total: null, used: null, left: 0 });
    await expect(tempid.useOrThrow(token)).rejects.toThrow(TempIDRevokedError);
  });

  it('are given back by a refund, and all gone by a revocation', async () => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 1 });
    await tempid.use(token);
    await tempid.refund(token.value);
    expect(await tempid.use(token)).toBe(true);
    await tempid.refund(token);
    await tempid.revoke(token.value);
    await tempid.refund(token);
    await expect(tempid.useOrThrow(token)).rejects.toThrow(TempIDRevokedError);
    await expect(tempid.verifyOrThrow(token.value, { checkUses: true })).rejects.toThrow(
      TempIDRevokedError,
    );
    expect(await tempid.usesInfo(token)).toEqual({ total: 1, used: 1, left: 0 });
  });

  it('are touched by nobody who has no authentic token', async () => {
    const store = new BrokenStore();
    const tempid = createService({}, store);
    for (const call of ['usesInfo', 'refund', 'revoke', 'useOrThrow'] as const) {
      await expect(tempid[call]('garbage')).rejects.toThrow(TempIDFormatError);
    }
    expect(await tempid.use('garbage')).toBe(false);
    expect(store.asked).toBe(0);
  });

  it('are kept until an hour and the leeway after the expiry, and then forgotten', async () => {
    const store = new MemoryTempIDStore();
    const tempid = createService({ leeway: '1m' }, store);
    setClock(NOW);
    await tempid.use(await tempid.mint({ maxUses: 1, expiresIn: '10m' }));
    await store.purgeExpired(new Date(NOW + 70 * MINUTE));
    expect(store.size).toBe(1);
    await store.purgeExpired(new Date(NOW + 72 * MINUTE));
    expect(store.size).toBe(0);
  });
});

describe('a TempID in hand', () => {
  const SCOPE = { purpose: 'reset', audience: 'web', boundTo: 'hash' };

  it('is verified like its string where it was only parsed', async () => {
    const tempid = createService();
    const { value } = await tempid.mint({ ...SCOPE, maxUses: 1 });
    const parsed = await tempid.parse(value);
    expect(await tempid.use(parsed)).toBe(false);
    await expect(tempid.useOrThrow(parsed, { purpose: 'other' })).rejects.toThrow(TempIDScopeError);
    expect(await tempid.use(parsed, SCOPE)).toBe(true);
  });

  it('is trusted where this service has minted or verified it', async () => {
    const tempid = createService();
    const minted = await tempid.mint({ ...SCOPE, maxUses: 2 });
    const verified = await tempid.verifyOrThrow(minted.value, SCOPE);
    expect([await tempid.use(minted), await tempid.use(verified)]).toEqual([true, true]);
  });

  it('opens nothing at a service with another secret', async () => {
    const other = createService({ secret: OLD_SECRET });
    const tempid = createService();
    const foreign = await other.mint({ maxUses: 1 });
    expect(await tempid.use(foreign)).toBe(false);
    for (const call of ['usesInfo', 'refund', 'revoke'] as const) {
      await expect(tempid[call](foreign)).rejects.toThrow(TempIDTamperedError);
    }
  });
});

describe('a store that answers nonsense', () => {
  const nonsense = (answers: Partial<Record<'consume' | 'used', unknown>>) => {
    const store = new MemoryTempIDStore();
    for (const [name, answer] of Object.entries(answers)) {
      Object.assign(store, { [name]: async () => answer });
    }
    return createService({}, store);
  };

  it.each([undefined, null, Number.NaN, -1, 1.5, '1'])(
    'is unavailable where it counts %p',
    async (used) => {
      const tempid = nonsense({ used });
      const token = await tempid.mint({ maxUses: 1 });
      await expect(tempid.verify(token.value, { checkUses: true })).rejects.toThrow(
        TempIDStoreUnavailableError,
      );
      await expect(tempid.usesInfo(token)).rejects.toThrow(TempIDStoreUnavailableError);
    },
  );

  it.each([undefined, { used: 1 }, { allowed: 1, used: 1 }, { allowed: 'yes', used: 1 }])(
    'is unavailable where it allows by %p',
    async (consume) => {
      const tempid = nonsense({ consume });
      const token = await tempid.mint({ maxUses: 1 });
      await expect(tempid.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
    },
  );
});

describe('a store that is silent', () => {
  it('is unavailable after storeTimeout, and what it allows later is a use that is lost', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    const store = new SilentStore();
    const tempid = createService({ storeTimeout: '3s' }, store);
    const token = await tempid.mint({ maxUses: 1 });
    const heard: unknown[] = [];
    tempid.use(token).then(
      (isAllowed) => heard.push(isAllowed),
      (error: unknown) => heard.push(error),
    );
    await jest.advanceTimersByTimeAsync(2_999);
    expect(heard).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    await new Promise(setImmediate);
    expect(heard).toEqual([expect.any(TempIDStoreUnavailableError)]);
    expect(String(heard[0])).toMatch(
      /\(SilentStore\) could not answer: it was silent for 3000 ms$/,
    );
    store.answer();
    expect(await tempid.use(token)).toBe(false);
    jest.useRealTimers();
  });

  it('is told until when its answer is waited for', async () => {
    const store = new MemoryTempIDStore();
    const consume = jest.spyOn(store as TempIDStore, 'consume');
    const tempid = createService({ storeTimeout: '3s' }, store);
    const before = performance.now();
    await tempid.use(await tempid.mint({ maxUses: 1 }));
    const { deadline = 0 } = consume.mock.calls[0]?.[3] ?? {};
    expect(deadline - before).toBeGreaterThanOrEqual(3_000);
    expect(deadline - performance.now()).toBeLessThanOrEqual(3_000);
  });

  it('leaves no timer behind where it answers in time', async () => {
    jest.useFakeTimers();
    const tempid = createService();
    await tempid.use(await tempid.mint({ maxUses: 1 }));
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
});

describe('a store that has answered while this process was held up', () => {
  it('is heard, though the time is over', async () => {
    const store = new MemoryTempIDStore();
    const consume = store.consume.bind(store);
    Object.assign(store, {
      consume: async (...given: Parameters<typeof consume>) => {
        await stat('.');
        return consume(...given);
      },
    });
    const tempid = createService({ storeTimeout: '1s' }, store);
    const use = tempid.use(await tempid.mint({ maxUses: 1 }));
    await Promise.resolve();
    const end = performance.now() + 1_100;
    while (performance.now() < end);
    expect(await use).toBe(true);
  });
});

describe('what a store adds to use', () => {
  it('takes nothing away from what is verified, in whatever way the options are made', async () => {
    const store = Object.assign(new MemoryTempIDStore(), { useOptions: ['manager'] });
    const tempid = createService({}, store);
    const options = new (class {
      get purpose() {
        return 'reset';
      }
    })();
    const token = await tempid.mint({ maxUses: 1 });
    expect(await tempid.use(token.value, options)).toBe(false);
    expect(await tempid.use(token.value)).toBe(true);
  });

  it('is refused by a store that would not heed it', async () => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 1 });
    const options = { manager: {} } as UseOptions;
    await expect(tempid.use(token, options)).rejects.toThrow(
      new TempIDConfigurationError(
        `Verification has no option 'manager'. The options are purpose, audience, subject, boundTo, checkUses.`,
      ),
    );
    expect((await tempid.usesInfo(token)).used).toBe(0);
  });
});

describe('a store that cannot answer', () => {
  it('lets no token through, and calls none bad', async () => {
    const tempid = createService({}, new BrokenStore());
    const { value } = await tempid.mint({ maxUses: 1 });
    for (const answer of [
      tempid.use(value),
      tempid.useOrThrow(value),
      tempid.verify(value, { checkUses: true }),
      tempid.usesInfo(value),
      tempid.refund(value),
      tempid.revoke(value),
      tempid.purgeExpired(),
    ]) {
      await expect(answer).rejects.toThrow(TempIDStoreUnavailableError);
    }
  });

  it('may throw anything', async () => {
    const store = new MemoryTempIDStore();
    Object.assign(store, { consume: () => Promise.reject(Object.create(null)) });
    const tempid = createService({}, store);
    const token = await tempid.mint({ maxUses: 1 });
    await expect(tempid.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
  });

  it('is not asked by a plain verify', async () => {
    const store = new BrokenStore();
    const tempid = createService({}, store);
    const { value } = await tempid.mint({ maxUses: 1 });
    expect(await tempid.verify(value)).not.toBeNull();
    expect(store.asked).toBe(0);
  });
});

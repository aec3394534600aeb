import { stat } from 'node:fs/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  MemoryTempIDStore,
  type TempIDStore,
  TempIDStoreUnavailableError,
} from '../../src/index.js';
import { StoreClient } from '../../src/stores/store-client.js';
import { BrokenStore } from '../support/broken-store.js';
import { Gate } from '../support/gate.js';
import { createService } from '../support/service.js';
import { SilentStore } from '../support/silent-store.js';

afterEach(() => {
  jest.restoreAllMocks();
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
    'a store is unavailable where used() answers %p',
    async (used) => {
      const tempid = nonsense({ used });
      const token = await tempid.mint({ maxUses: 1 });
      await expect(tempid.verify(token.value, { checkUses: true })).rejects.toThrow(
        TempIDStoreUnavailableError,
      );
      await expect(tempid.usesInfo(token)).rejects.toThrow(TempIDStoreUnavailableError);
    },
  );

  it.each([
    undefined,
    null,
    1,
    {},
    { used: 1 },
    { allowed: 1, used: 1 },
    { allowed: 'yes', used: 1 },
    { allowed: true },
    { allowed: true, used: 0 },
    { allowed: true, used: 2 },
    { allowed: true, used: '1' },
    { allowed: false },
    { allowed: false, used: Number.NaN },
    { allowed: false, used: '2' },
    { allowed: false, used: -1 },
  ])('a store is unavailable where consume() answers %p', async (consume) => {
    const tempid = nonsense({ consume });
    const token = await tempid.mint({ maxUses: 1 });
    await expect(tempid.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
  });
});

describe('a store that does not say who used a token', () => {
  it.each([undefined, null, {}, 'anna'])(
    'a store is unavailable where usedBy() answers %p',
    async (users) => {
      const store = new MemoryTempIDStore();
      Object.assign(store, { usedBy: async () => users });
      const tempid = createService({}, store);
      const token = await tempid.mint();
      await expect(tempid.usedBy(token)).rejects.toThrow(TempIDStoreUnavailableError);
    },
  );
});

describe('a store that lets the same one through again', () => {
  const answering = async (answer: object) => {
    const store = new MemoryTempIDStore();
    Object.assign(store, { consume: async () => answer });
    const tempid = createService({}, store);
    return { tempid, token: await tempid.mint({ maxUses: 1 }) };
  };
  const again = { allowed: true, used: 1, repeated: true };

  it('a store that does so unasked is unavailable, and nobody is let in', async () => {
    const { tempid, token } = await answering(again);
    const use = tempid.use(token, { by: 'anna' });
    await expect(use).rejects.toThrow(/it let one through again who may not come again$/);
    await expect(use).rejects.toThrow(TempIDStoreUnavailableError);
  });

  it('a store that says in the same breath that the token is revoked is unavailable', async () => {
    const { tempid, token } = await answering({ ...again, used: 2_147_483_647 });
    const use = tempid.use(token, { by: 'anna', repeat: true });
    await expect(use).rejects.toThrow(TempIDStoreUnavailableError);
  });

  it('a store that was asked to is believed, also where more uses are spent than the token has by now', async () => {
    const { tempid, token } = await answering({ ...again, used: 3 });
    expect(await tempid.use(token, { by: 'anna', repeat: '1s' })).toBe(true);
  });
});

describe('a store that answers nonsense when it purges', () => {
  it.each([undefined, Number.NaN, '1', -1, 0.5])(
    'a store is unavailable where purgeExpired() answers %p',
    async (purged) => {
      const store = new MemoryTempIDStore();
      Object.assign(store, { purgeExpired: async () => purged });
      await expect(createService({}, store).purgeExpired()).rejects.toThrow(
        TempIDStoreUnavailableError,
      );
    },
  );
});

describe('a store that refuses a use and counts fewer than all', () => {
  it('a store that refuses a use and counts fewer than all is believed, as where one is refunded at that moment', async () => {
    const store = new MemoryTempIDStore();
    Object.assign(store, { consume: async () => ({ allowed: false, used: 0 }) });
    const tempid = createService({}, store);
    expect(await tempid.use(await tempid.mint({ maxUses: 1 }))).toBe(false);
  });
});

describe('a silent store', () => {
  it('a silent store is unavailable after storeTimeout, and a use that it allows later is lost', async () => {
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

  it('a store gets the deadline of each call', async () => {
    const store = new MemoryTempIDStore();
    const consume = jest.spyOn(store as TempIDStore, 'consume');
    const tempid = createService({ storeTimeout: '3s' }, store);
    const before = performance.now();
    await tempid.use(await tempid.mint({ maxUses: 1 }));
    const { deadline = 0 } = consume.mock.calls[0]?.[3] ?? {};
    expect(deadline - before).toBeGreaterThanOrEqual(3_000);
    expect(deadline - performance.now()).toBeLessThanOrEqual(3_000);
  });

  it('no timer is left where the store answers in time', async () => {
    jest.useFakeTimers();
    const tempid = createService();
    await tempid.use(await tempid.mint({ maxUses: 1 }));
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
});

describe('a store that has answered while this process was held up', () => {
  it('an answer that came while the process was held up is taken, though the time is over', async () => {
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

describe('a store that has not begun in time', () => {
  it('a store that has not begun in time is sent no use whose request is gone', async () => {
    const store = new MemoryTempIDStore();
    const gate = new Gate();
    gate.shut();
    const client = new StoreClient(store, 1, () => gate.pass());
    const until = new Date(Date.now() + 60_000);
    await expect(client.consume('id', 1, until)).rejects.toThrow(TempIDStoreUnavailableError);
    gate.open();
    await gate.departure();
    await new Promise(setImmediate);
    expect(await store.used('id')).toBe(0);
  });
});

describe('a store that cannot answer', () => {
  it('a failing store lets no token through, and no token counts as bad', async () => {
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

  it('whatever a store throws becomes TempIDStoreUnavailableError', async () => {
    const store = new MemoryTempIDStore();
    Object.assign(store, { consume: () => Promise.reject(Object.create(null)) });
    const tempid = createService({}, store);
    const token = await tempid.mint({ maxUses: 1 });
    await expect(tempid.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
  });

  it('verify without checkUses does not ask the store', async () => {
    const store = new BrokenStore();
    const tempid = createService({}, store);
    const { value } = await tempid.mint({ maxUses: 1 });
    expect(await tempid.verify(value)).not.toBeNull();
    expect(store.asked).toBe(0);
  });
});

import { describe, expect, it } from '@jest/globals';
import { MemoryTempIDStore } from '../../src/index.js';
import { openStore } from '../support/open-store.js';
import {
  answersContract,
  countChangesContract,
  purgingContract,
  scopesContract,
  scopesPurgingContract,
  sharedUsedByContract,
  storeContract,
  usedByContract,
  usedByPurgingContract,
  usedByScopesContract,
} from '../../src/testing/index.js';

describe('MemoryTempIDStore', () => {
  answersContract(() => openStore(MemoryTempIDStore));
  storeContract(() => openStore(MemoryTempIDStore));
  purgingContract(() => openStore(MemoryTempIDStore));
  scopesContract(() => openStore(MemoryTempIDStore));
  scopesPurgingContract(() => openStore(MemoryTempIDStore));
  usedByContract(() => openStore(MemoryTempIDStore));
  usedByScopesContract(() => openStore(MemoryTempIDStore));
  usedByPurgingContract(() => openStore(MemoryTempIDStore));
  countChangesContract(() => openStore(MemoryTempIDStore));
  // Its counts are those of the whole process.
  sharedUsedByContract(() => openStore(MemoryTempIDStore));

  it('MemoryTempIDStore keeps the newest answers, up to 16 MiB of them', async () => {
    const store = new MemoryTempIDStore();
    const soon = new Date(Date.now() + 60_000);
    const answer = new Uint8Array(16_384);
    for (let index = 0; index < 1_100; index++) await store.remember(`${index}`, answer, soon);
    const kept = [];
    for (let index = 0; index < 1_100; index++) {
      if (await store.recall(`${index}`)) kept.push(index);
    }
    expect(kept.length * 16_384).toBeLessThanOrEqual(16 * 2 ** 20);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, n) => 1_100 - kept.length + n));
    expect(kept.length).toBeGreaterThan(1_000);
    for (let time = 0; time < 5_000; time++) await store.remember('1099', answer, soon);
    expect(await store.recall(`${kept[0]}`)).not.toBeNull();
  });

  it('MemoryTempIDStore keeps as much for a scope that is revoked often as for one that is revoked once', async () => {
    const store = new MemoryTempIDStore();
    for (let minute = 1; minute <= 1_000; minute++) {
      const revocation = { issuedUntil: minute, except: null };
      await store.revokeScope('scope', revocation, new Date(minute * 60_000));
    }
    const { scopes } = store as unknown as { scopes: { expiring: Map<number, string[]> } };
    expect([...scopes.expiring.values()].flat()).toEqual(['scope']);
    expect(await store.purgeExpired(new Date(999 * 60_000))).toBe(0);
    expect([store.size, [...scopes.expiring.keys()]]).toEqual([1, [1_000]]);
    expect(await store.purgeExpired(new Date(1_000 * 60_000))).toBe(1);
    expect(store.size).toBe(0);
  });

  it('MemoryTempIDStore is empty again once every count has expired', async () => {
    const store = new MemoryTempIDStore();
    for (let index = 0; index < 25_000; index++) {
      await store.consume(`id ${index}`, 2, new Date(index * 1_000));
      await store.consume(`id ${index}`, 2, new Date(index * 1_000));
    }
    expect(store.size).toBe(25_000);
    const batches = [];
    for (let batch = 0; batch < 4; batch++) {
      batches.push(await store.purgeExpired(new Date(26_000_000)));
    }
    expect(batches).toEqual([10_000, 10_000, 5_000, 0]);
    expect(store.size).toBe(0);
  });
});

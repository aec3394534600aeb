import { describe, expect, it } from '@jest/globals';
import { MemoryTempIDStore } from '../../src/index.js';
import { openStore } from '../support/open-store.js';
import {
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

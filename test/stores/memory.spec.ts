import { describe, expect, it } from '@jest/globals';
import { MemoryTempIDStore } from '../../src/index.js';
import { openStore } from '../support/open-store.js';
import { purgingContract, storeContract } from '../../src/testing/index.js';

describe('MemoryTempIDStore', () => {
  storeContract(() => openStore(MemoryTempIDStore));
  purgingContract(() => openStore(MemoryTempIDStore));

  it('holds nothing any more once every count has expired', async () => {
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

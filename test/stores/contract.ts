import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { REVOKED_COUNT, type TempIDStore } from '../../src/index.js';
import { concurrently } from '../support/concurrently.js';
import { newId } from '../support/new-id.js';

export interface OpenedStore {
  readonly store: TempIDStore;
  close(): Promise<void>;
}

function soon(): Date {
  return new Date(Date.now() + 3_600_000);
}

/** What every store promises. Call it within a `describe`; the store is a real one. */
export function storeContract(open: () => Promise<OpenedStore>): void {
  let opened: OpenedStore;
  let store: TempIDStore;
  const spend = async (id: string, maxUses: number, times: number) => {
    for (let time = 0; time < times; time++) await store.consume(id, maxUses, soon());
  };

  beforeAll(async () => {
    opened = await open();
    store = opened.store;
  });

  afterAll(async () => {
    await opened?.close();
  });

  it('allows a token as many uses as it has, and no more', async () => {
    const id = newId();
    expect(await store.consume(id, 2, soon())).toEqual({ allowed: true, used: 1 });
    expect(await store.consume(id, 2, soon())).toEqual({ allowed: true, used: 2 });
    expect(await store.consume(id, 2, soon())).toEqual({ allowed: false, used: 2 });
    expect(await store.consume(id, 2, soon())).toEqual({ allowed: false, used: 2 });
  });

  it('counts the uses of each token by itself', async () => {
    const [one, other] = [newId(), newId()];
    await spend(one, 5, 3);
    await spend(other, 5, 1);
    expect(await store.used(one)).toBe(3);
    expect(await store.used(other)).toBe(1);
  });

  it('knows of no use of a token that it has never seen', async () => {
    expect(await store.used(newId())).toBe(0);
  });

  it.each([1, 50, 2_147_483_646])('takes a limit of %i', async (maxUses) => {
    const id = newId();
    expect(await store.consume(id, maxUses, soon())).toEqual({ allowed: true, used: 1 });
    expect(await store.used(id)).toBe(1);
  });

  it('allows exactly 50 of 1,000 concurrent uses of a token with 50', async () => {
    const id = newId();
    const results = await concurrently(1_000, () => store.consume(id, 50, soon()));
    const allowed = results.filter((result) => result.allowed).map((result) => result.used);
    expect(allowed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(await store.used(id)).toBe(50);
  });

  it('gives back one use by a refund', async () => {
    const id = newId();
    await spend(id, 2, 2);
    await store.refund(id);
    expect(await store.used(id)).toBe(1);
    expect((await store.consume(id, 2, soon())).allowed).toBe(true);
    expect((await store.consume(id, 2, soon())).allowed).toBe(false);
  });

  it('refunds nothing of a token that was never used, and never below zero', async () => {
    const id = newId();
    await store.refund(id);
    await spend(id, 1, 1);
    await store.refund(id);
    await store.refund(id);
    expect(await store.used(id)).toBe(0);
    expect((await store.consume(id, 1, soon())).allowed).toBe(true);
    expect((await store.consume(id, 1, soon())).allowed).toBe(false);
  });

  it('never allows more uses at a time than there are, while others are given back', async () => {
    const id = newId();
    let held = 0;
    let most = 0;
    await concurrently(200, async () => {
      const { allowed } = await store.consume(id, 5, soon());
      if (!allowed) return;
      most = Math.max(most, ++held);
      held--;
      await store.refund(id);
    });
    expect(most).toBeLessThanOrEqual(5);
    expect(await store.used(id)).toBe(0);
  });

  it.each([
    ['never used', 0],
    ['used', 1],
    ['spent', 3],
  ])('revokes a token that was %s, for good', async (_, uses) => {
    const id = newId();
    await spend(id, 3, uses);
    await store.revoke(id, soon());
    await store.refund(id);
    expect(await store.used(id)).toBe(REVOKED_COUNT);
    expect(await store.consume(id, 2_147_483_646, soon())).toEqual({
      allowed: false,
      used: REVOKED_COUNT,
    });
  });

  it('allows no use that begins after a revocation has ended', async () => {
    const id = newId();
    const before = concurrently(100, () => store.consume(id, 1_000, soon()));
    await store.revoke(id, soon());
    const after = await concurrently(100, () => store.consume(id, 1_000, soon()));
    await before;
    expect(after.some((result) => result.allowed)).toBe(false);
    expect(await store.used(id)).toBe(REVOKED_COUNT);
  });

  it('keeps a count until a day after 2038', async () => {
    const id = newId();
    await store.consume(id, 1, new Date('2099-12-31T23:59:59Z'));
    await store.purgeExpired(new Date('2099-12-31T23:58:59Z'));
    expect(await store.used(id)).toBe(1);
  });
}

/** What every store promises that forgets when it is told to, and not by itself. */
export function purgingContract(open: () => Promise<OpenedStore>): void {
  let opened: OpenedStore;
  const now = new Date('2031-05-06T07:08:09Z');
  const minutesFromNow = (minutes: number) => new Date(now.getTime() + minutes * 60_000);

  beforeAll(async () => {
    opened = await open();
  });

  afterAll(async () => {
    await opened?.close();
  });

  it('forgets the counts whose time is over, and only those', async () => {
    const { store } = opened;
    await store.consume('over', 1, minutesFromNow(-2));
    await store.revoke('revoked and over', minutesFromNow(-2));
    await store.consume('kept', 1, minutesFromNow(2));
    expect(await store.purgeExpired(now)).toBe(2);
    expect(await store.purgeExpired(now)).toBe(0);
    expect(await store.used('over')).toBe(0);
    expect(await store.used('revoked and over')).toBe(0);
    expect(await store.used('kept')).toBe(1);
  });

  it('forgets more than one batch at once, also when two do it together', async () => {
    const { store } = opened;
    for (let index = 0; index < 2_500; index += 100) {
      await concurrently(100, (n) => store.consume(`old ${index + n}`, 1, minutesFromNow(-5)));
    }
    const purged = await concurrently(2, () => store.purgeExpired(now));
    expect(purged.reduce((a, b) => a + b)).toBe(2_500);
    expect(await store.used('kept')).toBe(1);
  });
}

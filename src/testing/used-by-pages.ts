import assert from 'node:assert/strict';
import type { TempIDStore } from '../stores/tempid-store.js';
import type { UsedBy, UsedByStore } from '../stores/used-by.js';
import { atMoment, concurrently, longDeadline, newId, soon } from './support.js';
import type { TestRunner } from './test-runner.js';

/** The part of `usedByContract` that is about listing who used a token. */
export function addPages(it: TestRunner['it'], store: () => TempIDStore & UsedByStore): void {
  const consume = (id: string, maxUses: number, by: string) =>
    store().consume(id, maxUses, soon(), { by, ...longDeadline() });

  it('lists nobody of a token that nobody used', async () => {
    const [id, other] = [newId(), newId()];
    await store().consume(other, 1, soon());
    assert.deepEqual(await store().usedBy(id, { limit: 10 }), []);
    assert.deepEqual(await store().usedBy(other, { limit: 10 }), []);
  });

  it('lists who used a token in the order in which they came, page by page', async () => {
    const id = newId();
    const start = Date.now();
    const all = ['zoe', 'anna', 'mia', 'ben', 'lea'].map((by, index) => ({
      by,
      at: new Date(start + index),
    }));
    for (const { by, at } of all) await atMoment(at.getTime(), () => consume(id, 9, by));
    const page = (limit: number, after?: UsedBy) =>
      store().usedBy(id, { limit, ...(after && { after }) });
    assert.deepEqual(await page(2), all.slice(0, 2));
    assert.deepEqual(await page(2, all[1]), all.slice(2, 4));
    assert.deepEqual(await page(2, all[3]), all.slice(4));
    assert.deepEqual(await page(5), all);
    assert.deepEqual(await page(1, all[4]), []);
  });

  it('goes on after one whose use was given back, and who has come again since', async () => {
    const id = newId();
    const start = Date.now();
    const names = ['anna', 'ben', 'carl', 'dora'];
    for (const by of names) await atMoment(start, () => consume(id, 9, by));
    const all = await store().usedBy(id, { limit: 9 });
    await store().refund(id, { by: all[1]?.by ?? '' });
    const rest = async () =>
      store().usedBy(id, { limit: 9, after: { by: all[1]?.by ?? '', at: new Date(start) } });
    assert.deepEqual(await rest(), all.slice(2));
    await atMoment(start + 1, () => consume(id, 9, all[1]?.by ?? ''));
    const last = { by: all[1]?.by ?? '', at: new Date(start + 1) };
    assert.deepEqual(await rest(), [...all.slice(2), last]);
    for (const { by } of all) await store().refund(id, { by });
    assert.deepEqual(await rest(), []);
  });

  it('lists each of 300 once who came in one millisecond, page by page, and in one order', async () => {
    const id = newId();
    const moment = Date.now();
    await atMoment(moment, () => concurrently(300, (n) => consume(id, 300, `${n} é😀`)));
    const walk = async () => {
      const found: UsedBy[] = [];
      for (;;) {
        const after = found.at(-1);
        const page = await store().usedBy(id, { limit: 7, ...(after && { after }) });
        found.push(...page);
        if (page.length < 7) return found;
      }
    };
    const found = await walk();
    assert.equal(found.length, 300);
    assert.equal(new Set(found.map((by) => by)).size, 300);
    assert.ok(found.every(({ at }) => at.getTime() === moment));
    assert.deepEqual(await store().usedBy(id, { limit: 1_000 }), found);
  });
}

import assert from 'node:assert/strict';
import type { IssuedFilter, IssuedKey, IssuedRow, TempIDLedger } from '../ledger/tempid-ledger.js';
import { concurrently, longDeadline, newId } from './support.js';
import { type OpenedLedger, type TestRunner, withOpened } from './test-runner.js';

/** After whatever the tests before have added. */
const NOW = Date.parse('2031-05-06T07:08:09.010Z');
const SECOND = Math.floor(NOW / 1_000);

/**
 * Adds a test for each promise of every ledger. Call it within a `describe`, with an empty ledger that talks to a real
 * server.
 *
 * @param open called once, before the tests
 * @param runner default: the `it`, `beforeAll` and `afterAll` of the global scope, as Jest has them
 * @example
 * describe('MyLedger', () => ledgerContract(async () => {
 *   const ledger = new MyLedger(await connect());
 *   return { ledger, close: () => ledger.disconnect() };
 * }));
 */
export function ledgerContract(open: () => Promise<OpenedLedger>, runner?: TestRunner): void {
  withOpened(open, runner, (it, opened) => {
    const ledger = () => opened().ledger;
    const add = async (...rows: readonly IssuedRow[]) => {
      for (const row of rows) await ledger().add(row);
    };

    it('finds a row as it was added', async () => {
      const full = rowOf({
        purpose: 'p'.repeat(255),
        subject: '\u{1F600}'.repeat(127),
        audience: 'Ärzte & «Kranke»',
        label: `Robert'); DROP TABLE "tempid_issued";-- \\ \n %_`,
        notBefore: SECOND - 1,
        expiresAt: 253_402_300_799,
        keepUntil: 8_640_000_000_000,
        maxUses: 2_147_483_646,
        sealed: 'A'.repeat(8_000),
      });
      const bare = rowOf({});
      await add(full, bare);
      assert.deepEqual(await ledger().find(full.id), full);
      assert.deepEqual(await ledger().find(bare.id), bare);
    });

    it('finds nothing of an id that it does not have, letter by letter', async () => {
      const row = rowOf({ id: `aB-_${newId().slice(4)}` });
      await add(row);
      for (const id of [newId(), row.id.toUpperCase(), `${row.id} `, row.id.slice(1), '']) {
        assert.equal(await ledger().find(id), null);
      }
    });

    it('keeps the first row of an id', async () => {
      const row = rowOf({ label: 'first' });
      await add(row);
      await assert.rejects(ledger().add({ ...row, label: 'second' }));
      assert.deepEqual(await ledger().find(row.id), row);
    });

    it('lists the rows that have all of what is asked for, letter by letter', async () => {
      const purpose = newId();
      const rows = [
        rowOf({ purpose, subject: 'ana', label: 'x' }),
        rowOf({ purpose, subject: 'Ana', label: 'x ' }),
        rowOf({ purpose, subject: 'aná', label: 'X' }),
        rowOf({ purpose, subject: 'ana ', label: 'x' }),
        rowOf({ purpose: `${purpose} `, subject: 'ana', label: 'x' }),
        rowOf({ purpose }),
      ];
      await add(...rows);
      const found = async (filter: IssuedFilter) => {
        const list = await ledger().list({ purpose, ...filter }, { limit: 100 });
        return list
          .map((row) => rows.findIndex(({ id }) => id === row.id))
          .toSorted((a, b) => a - b);
      };
      assert.deepEqual(await found({}), [0, 1, 2, 3, 5]);
      assert.deepEqual(await found({ subject: 'ana' }), [0]);
      assert.deepEqual(await found({ subject: 'Ana' }), [1]);
      assert.deepEqual(await found({ label: 'x' }), [0, 3]);
      assert.deepEqual(await found({ subject: 'ana ', label: 'x' }), [3]);
      assert.deepEqual(await found({ subject: 'ana', label: 'X' }), []);
      const bySubject = await ledger().list({ subject: 'aná' }, { limit: 100 });
      assert.deepEqual(bySubject, [rows[2]]);
    });

    it('fills a page also where most rows differ only in how they are written', async () => {
      const purpose = newId().toLowerCase();
      const [upper, lower] = [purpose.toUpperCase(), purpose];
      for (let index = 0; index < 20; index++) {
        await add(rowOf({ purpose: index % 5 === 0 ? lower : upper, issuedAt: NOW + index }));
      }
      const list = await ledger().list({ purpose }, { limit: 3 });
      assert.deepEqual(
        list.map(({ issuedAt }) => issuedAt - NOW),
        [15, 10, 5],
      );
      const rest = await ledger().list({ purpose }, { limit: 3, after: keyOf(list.at(-1)) });
      assert.deepEqual(
        rest.map(({ issuedAt }) => issuedAt - NOW),
        [0],
      );
    });

    it('lists the row that was issued last first, whatever the order in which they came', async () => {
      const purpose = newId();
      const rows = [3, 1, 2, 5, 4].map((issuedAt) => rowOf({ purpose, issuedAt }));
      await add(...rows);
      const list = await ledger().list({ purpose }, { limit: 10 });
      assert.deepEqual(
        list.map(({ issuedAt }) => issuedAt),
        [5, 4, 3, 2, 1],
      );
      const all = await ledger().list({}, { limit: 1_000 });
      const moments = all.map(({ issuedAt }) => issuedAt);
      assert.deepEqual(
        moments,
        moments.toSorted((a, b) => b - a),
      );
    });

    it('lists each row once in pages, of one millisecond as well, while others are added', async () => {
      const subject = newId();
      const rows = Array.from({ length: 30 }, (_, index) =>
        rowOf({ subject, issuedAt: NOW + Math.floor(index / 10) }),
      );
      await concurrently(30, (index) => ledger().add(rows[index] ?? rowOf({}), longDeadline()));
      const seen: IssuedRow[] = [];
      for (let pages = 0; pages < 30; pages++) {
        const page = await ledger().list({ subject }, { limit: 7, ...afterLast(seen) });
        seen.push(...page);
        await add(rowOf({ subject, issuedAt: NOW + 100 + pages }));
        if (page.length < 7) break;
      }
      assert.equal(seen.length, 30);
      assert.deepEqual(idsOf(seen).toSorted(), idsOf(rows).toSorted());
    });

    it('goes on after a row that is gone', async () => {
      const label = newId();
      const rows = [5, 4, 2, 1].map((issuedAt) => rowOf({ label, issuedAt }));
      await add(...rows);
      const list = await ledger().list({ label }, { limit: 10, after: { issuedAt: 3, id: 'x' } });
      assert.deepEqual(list, rows.slice(2));
    });

    it('replaces a sealed row only where it is what it was', async () => {
      const row = rowOf({ purpose: 'kept', label: 'kept', sealed: 'one' });
      const later = {
        ...row,
        notBefore: 7,
        expiresAt: 8,
        maxUses: 9,
        keepUntil: 10,
        sealed: 'two',
      };
      await add(row);
      assert.equal(await ledger().replace(later, 'none'), false);
      assert.deepEqual(await ledger().find(row.id), row);
      assert.equal(await ledger().replace(later, 'one'), true);
      assert.deepEqual(await ledger().find(row.id), later);
      assert.equal(await ledger().replace({ ...later, sealed: 'three' }, 'one'), false);
      const [listed] = await ledger().list({ purpose: 'kept' }, { limit: 1 });
      assert.deepEqual(listed, later);
    });

    it('replaces neither a row that is not sealed nor one that is not there', async () => {
      const row = rowOf({});
      await add(row);
      assert.equal(await ledger().replace({ ...row, sealed: 'x' }, 'x'), false);
      assert.equal(await ledger().replace(rowOf({ sealed: 'x' }), 'x'), false);
      assert.deepEqual(await ledger().find(row.id), row);
    });

    it('lets exactly one of 50 replace the same row at once', async () => {
      const row = rowOf({ sealed: 'first' });
      await add(row);
      const answers = await concurrently(50, (index) =>
        ledger().replace(
          { ...row, maxUses: index, sealed: `of ${index}` },
          'first',
          longDeadline(),
        ),
      );
      assert.equal(answers.filter(Boolean).length, 1);
      const { maxUses, sealed } = (await ledger().find(row.id)) ?? row;
      assert.deepEqual([maxUses, sealed], [answers.indexOf(true), `of ${answers.indexOf(true)}`]);
    });

    it('forgets the rows that may be forgotten, and only those, batch after batch', async () => {
      const purpose = newId();
      const kept = rowOf({ purpose, keepUntil: SECOND + 1 });
      const replaced = rowOf({ purpose, keepUntil: SECOND - 120, sealed: 'short' });
      await add(kept, replaced);
      await ledger().replace({ ...replaced, keepUntil: SECOND + 1, sealed: 'long' }, 'short');
      for (let index = 0; index < 1_100; index += 100) {
        const old = { purpose, issuedAt: index, keepUntil: SECOND - 120 };
        await concurrently(100, () => ledger().add(rowOf(old), longDeadline()));
      }
      await concurrently(2, () => purgeAll(ledger(), new Date(NOW)));
      assert.equal(await ledger().purgeExpired(new Date(NOW)), 0);
      const left = await ledger().list({ purpose }, { limit: 10 });
      assert.deepEqual(idsOf(left).toSorted(), idsOf([kept, replaced]).toSorted());
      assert.deepEqual(await ledger().find(kept.id), kept);
    });
  });
}

function rowOf(given: Partial<IssuedRow>): IssuedRow {
  return {
    id: newId(),
    purpose: null,
    subject: null,
    audience: null,
    label: null,
    format: 'v3',
    issuedAt: NOW,
    notBefore: null,
    expiresAt: SECOND + 600,
    maxUses: 0,
    keepUntil: SECOND + 6_000,
    sealed: null,
    ...given,
  };
}

function keyOf({ issuedAt, id }: IssuedRow = rowOf({})): IssuedKey {
  return { issuedAt, id };
}

function afterLast(rows: readonly IssuedRow[]): { readonly after?: IssuedKey } {
  const last = rows.at(-1);
  return last ? { after: keyOf(last) } : {};
}

function idsOf(rows: readonly IssuedRow[]): string[] {
  return rows.map(({ id }) => id);
}

async function purgeAll(ledger: TempIDLedger, now: Date): Promise<void> {
  while ((await ledger.purgeExpired(now, longDeadline())) > 0);
}

import { ExpiringMap } from '../common/expiring-map.js';
import {
  FILTERS,
  hasAll,
  type IssuedFilter,
  type IssuedKey,
  type IssuedPage,
  type IssuedRow,
} from './tempid-ledger.js';

/** A row, which `replace` changes where it stands. */
interface Entry {
  row: IssuedRow;
  isKept: boolean;
}

/** Rows in memory. A page of a list costs the same however many others there are. */
export class IssuedRows {
  private readonly entries = new ExpiringMap<Entry>();
  private readonly all = new SortedEntries();
  private readonly byField = new Map(
    FILTERS.map((field) => [field, new Map<string, SortedEntries>()]),
  );

  get size(): number {
    return this.entries.size;
  }

  find(id: string): IssuedRow | null {
    return this.entries.get(id)?.row ?? null;
  }

  /** Of an id that is there, the row is changed. */
  set(row: IssuedRow): void {
    const keepUntil = new Date(row.keepUntil * 1_000);
    const entry = this.entries.get(row.id) ?? { row, isKept: true };
    const isNew = this.entries.get(row.id) === undefined;
    entry.row = row;
    this.entries.set(row.id, entry, keepUntil);
    if (isNew) for (const list of this.listsOf(row)) list.add(entry);
  }

  list(filter: IssuedFilter, { limit, after }: IssuedPage): IssuedRow[] {
    const field = FILTERS.find((name) => filter[name] !== undefined);
    const list = field ? this.byField.get(field)?.get(filter[field] ?? '') : this.all;
    const rows: IssuedRow[] = [];
    for (const row of list?.after(after) ?? []) {
      if (rows.length === limit) break;
      if (hasAll(row, filter)) rows.push(row);
    }
    return rows;
  }

  purge(now: Date, limit: number): number {
    return this.entries.purge(now, limit, (entry) => {
      entry.isKept = false;
      for (const list of this.listsOf(entry.row)) list.noteRemoved();
      for (const [field, lists] of this.byField) {
        const value = entry.row[field];
        if (value !== null && lists.get(value)?.isEmpty) lists.delete(value);
      }
    });
  }

  private listsOf(row: IssuedRow): SortedEntries[] {
    const lists = [this.all];
    for (const [field, byValue] of this.byField) {
      const value = row[field];
      if (value === null) continue;
      const list = byValue.get(value) ?? new SortedEntries();
      byValue.set(value, list);
      lists.push(list);
    }
    return lists;
  }
}

/** In the order of their keys, oldest first. Those that are not kept go when they are the half. */
class SortedEntries {
  private entries: Entry[] = [];
  private removed = 0;

  get isEmpty(): boolean {
    return this.removed === this.entries.length;
  }

  add(entry: Entry): void {
    this.entries.splice(this.positionOf(entry.row), 0, entry);
  }

  noteRemoved(): void {
    this.removed++;
    if (this.removed * 2 < this.entries.length) return;
    this.entries = this.entries.filter(({ isKept }) => isKept);
    this.removed = 0;
  }

  /** Newest first. */
  *after(key: IssuedKey | undefined): Generator<IssuedRow> {
    const end = key ? this.positionOf(key) : this.entries.length;
    for (let index = end - 1; index >= 0; index--) {
      const entry = this.entries[index];
      if (entry?.isKept) yield entry.row;
    }
  }

  /** How many come before the key. */
  private positionOf(key: IssuedKey): number {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const { row } = this.entries[middle] ?? {};
      if (row && isBefore(row, key)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isBefore(a: IssuedKey, b: IssuedKey): boolean {
  return a.issuedAt === b.issuedAt ? a.id < b.id : a.issuedAt < b.issuedAt;
}

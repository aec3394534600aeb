import { Injectable, Optional } from '@nestjs/common';
import { OnePerProcess } from '../common/one-per-process.js';
import { IssuedRows } from './issued-rows.js';
import {
  type IssuedFilter,
  type IssuedPage,
  type IssuedRow,
  TempIDLedger,
} from './tempid-ledger.js';

const MAX_BATCH = 10_000;

/**
 * What was issued, in the memory of one process: unknown to every other ledger, and gone when it ends. For tests, and
 * for applications that are one process and may forget.
 */
@OnePerProcess('MemoryTempIDLedger')
@Injectable()
export class MemoryTempIDLedger extends TempIDLedger {
  readonly #rows: IssuedRows;

  /** @param rows those of another ledger, to share them */
  constructor(@Optional() rows = new IssuedRows()) {
    super();
    this.#rows = rows;
  }

  /** How many rows there are. */
  get size(): number {
    return this.#rows.size;
  }

  override async add(row: IssuedRow): Promise<void> {
    if (this.#rows.find(row.id)) throw new Error('there is a row of this id');
    this.#rows.set(row);
  }

  override async find(id: string): Promise<IssuedRow | null> {
    return this.#rows.find(id);
  }

  override async list(filter: IssuedFilter, page: IssuedPage): Promise<readonly IssuedRow[]> {
    return this.#rows.list(filter, page);
  }

  override async replace(row: IssuedRow, sealed: string): Promise<boolean> {
    const present = this.#rows.find(row.id);
    if (present?.sealed !== sealed) return false;
    const { notBefore, expiresAt, maxUses, keepUntil } = row;
    this.#rows.set({ ...present, notBefore, expiresAt, maxUses, keepUntil, sealed: row.sealed });
    return true;
  }

  override async purgeExpired(now: Date): Promise<number> {
    return this.#rows.purge(now, MAX_BATCH);
  }
}

import type { ModuleMetadata, Provider, Type } from '@nestjs/common';
import { OnePerProcess } from '../common/one-per-process.js';

/** What a ledger keeps of one token that was issued: neither the token nor, but sealed, its payload. */
export interface IssuedRow {
  /** That of the token: at most 64 letters, digits, `-` and `_`. */
  readonly id: string;
  /** At most 255 characters, as `subject`, `audience` and `label`. */
  readonly purpose: string | null;
  readonly subject: string | null;
  readonly audience: string | null;
  readonly label: string | null;
  readonly format: string;
  /** Unix milliseconds. */
  readonly issuedAt: number;
  /** Unix seconds, as `expiresAt` and `keepUntil`. */
  readonly notBefore: number | null;
  readonly expiresAt: number;
  /** 0: unlimited. */
  readonly maxUses: number;
  /** The row may go after it, never before. */
  readonly keepUntil: number;
  /** What a token of the format short means, encrypted; null of the other formats, which say it themselves. */
  readonly sealed: string | null;
}

/** The fields by which rows are found; the first that is named narrows them the most. */
export const FILTERS = ['label', 'subject', 'purpose'] as const;

/** What the rows of a list have, letter by letter. */
export type IssuedFilter = Readonly<Partial<Record<(typeof FILTERS)[number], string>>>;

/** Whether a row has all of what the filter names. */
export function hasAll(row: IssuedRow, filter: IssuedFilter): boolean {
  return FILTERS.every((name) => filter[name] === undefined || row[name] === filter[name]);
}

/** The place of a row in a list. */
export type IssuedKey = Pick<IssuedRow, 'issuedAt' | 'id'>;

/** A part of a list: at most `limit` rows, which follow `after`, whether that one is still there or not. */
export interface IssuedPage {
  readonly limit: number;
  readonly after?: IssuedKey;
}

/** What a call tells the ledger beside the row. */
export interface LedgerOptions {
  /** By `performance.now()`: nobody waits for the answer after it, so what was not sent by then need not be. */
  readonly deadline?: number;
  /**
   * An open transaction of the ledger's connection: with TypeOrmTempIDLedger the `EntityManager` that
   * `dataSource.transaction` gives. Only a ledger that names it in `useOptions` reads it.
   */
  readonly manager?: object;
}

/**
 * Which tokens were issued. The abstract class is also the injection token of the ledger in use.
 *
 * What it throws is answered as `TempIDStoreUnavailableError`: no token is handed out whose row was not written.
 */
@OnePerProcess('TempIDLedger')
export abstract class TempIDLedger {
  /** The options of {@link LedgerOptions} that a caller may give to this ledger; any other is refused. */
  readonly useOptions: readonly Exclude<keyof LedgerOptions, 'deadline'>[] = [];

  /**
   * Keeps a row.
   *
   * @throws where there is one of this id
   */
  abstract add(row: IssuedRow, options?: LedgerOptions): Promise<void>;

  /** The row of an id, or null. */
  abstract find(id: string, options?: LedgerOptions): Promise<IssuedRow | null>;

  /**
   * The rows that have all of what the filter names, those issued last first, and those of one millisecond in an order
   * that does not change. There are fewer than `limit` only where no further one follows. It costs the same however
   * many rows there are.
   */
  abstract list(
    filter: IssuedFilter,
    page: IssuedPage,
    options?: LedgerOptions,
  ): Promise<readonly IssuedRow[]>;

  /**
   * Replaces `notBefore`, `expiresAt`, `maxUses`, `keepUntil` and `sealed` of the row of this id, if its `sealed` still
   * is what it was, in one atomic step.
   *
   * @returns whether it did; of several at once at most one does
   */
  abstract replace(row: IssuedRow, sealed: string, options?: LedgerOptions): Promise<boolean>;

  /**
   * Forgets a batch of the rows that may be forgotten before `now`: few enough to take a fraction of a second, without
   * a walk over the others. Returns how many; it is called again until that is 0.
   */
  abstract purgeExpired(now: Date, options?: LedgerOptions): Promise<number>;

  /** The ledger with what it needs, for the option `ledger`. */
  static register(): TempIDLedgerRegistration {
    return { ledger: this as unknown as Type<TempIDLedger> };
  }
}

/** A ledger with what it needs: what `register` and `registerAsync` of a ledger return. */
export interface TempIDLedgerRegistration {
  readonly ledger: Type<TempIDLedger>;
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  readonly providers?: readonly Provider[];
}

/** What the option `ledger` takes: a class that extends {@link TempIDLedger}, or what its `register` returned. */
export type TempIDLedgerOption = Type<TempIDLedger> | TempIDLedgerRegistration;

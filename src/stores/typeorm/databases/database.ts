import type { DataSource } from 'typeorm';
import type { ScopeRevocation } from '../../scope-revocations.js';
import { type ConsumeResult, type Issuance, REVOKED_COUNT } from '../../tempid-store.js';
import type { TableDefinition } from '../table-definition.js';
import type { PerTable } from '../tables.js';
import type { Outcome, RunOptions, Statement, Steps } from './statement.js';

/** One use by somebody. */
export interface UseBy {
  readonly id: string;
  readonly maxUses: number;
  /** Unix seconds. */
  readonly keepUntil: number;
  readonly by: string;
  /** SHA-256 of `by`, in base64url. */
  readonly byHash: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly repeat: number | true;
  readonly issuance: Issuance | undefined;
  /** As of {@link Database.consume}. */
  readonly lockTimeout: number | undefined;
}

/** What only the server knows. */
export interface ServerFacts {
  /** The schema or the database of each table, for names without one; undefined where there is no such thing. */
  readonly places: PerTable<string | undefined>;
  /** Its clock, in Unix milliseconds; undefined where it is ours. */
  readonly clock?: number;
  /** Of MySQL and MariaDB. */
  readonly isMariadb?: boolean;
  /** Of MySQL and MariaDB: whether nothing makes a row of those who used tokens unique. */
  readonly isKeyless?: boolean;
}

/** One kind of database. */
export interface DatabaseFactory {
  /**
   * Asks what only the server knows, as it is for a new connection, whatever the application has changed on those of
   * the pool.
   *
   * @param names of the tables, not quoted
   * @param deadline by `performance.now()`
   */
  ask(dataSource: DataSource, names: PerTable<string>, deadline: number): Promise<ServerFacts>;
  /** @param tables their names, quoted, with schema or database */
  open(dataSource: DataSource, tables: PerTable<string>, facts: ServerFacts): Database;
}

/**
 * What the store needs of one kind of database: its SQL, and one way to run a statement. Moments are Unix seconds.
 */
export abstract class Database {
  /** Whether {@link consume} does not look at the revocations of a token's scopes: {@link endOf} must, after it. */
  readonly consumesBlindly: boolean = false;

  constructor(readonly tables: PerTable<string>) {}

  /**
   * @param lockTimeout how long it may wait for a lock, in milliseconds; undefined: as the database is set to
   * @param issuance of a token that a revocation of its scopes may end; there is one scope at least
   */
  abstract consume(
    id: string,
    maxUses: number,
    keepUntil: number,
    lockTimeout?: number,
    issuance?: Issuance,
  ): Statement;

  /** What the outcome of {@link consume} says; null of a refusal that does not say how many are spent. */
  abstract readConsumed(outcome: Outcome): ConsumeResult | null;

  /**
   * One use by somebody, who is kept beside the count for as long as that.
   *
   * @throws an error of {@link mayRunAgain} where others changed it meanwhile
   */
  abstract consumeBy(use: UseBy): Steps<ConsumeResult>;

  /** {@link revokeIfUsed} of a token that nobody used. */
  protected abstract revokeIfUnused(id: string, keepUntil: number): Statement;

  /** Removes at most `limit` rows whose time was before `now`; 0 is never, as in Python. */
  abstract purge(table: TableDefinition, now: number, limit: number): Statement;

  /** Runs a statement once, in the transaction of `options.manager` or in none. */
  abstract run(statement: Statement, options: RunOptions): Promise<Outcome>;

  /**
   * Runs steps, all of which are done or none: in the transaction of `options.manager`, or in one of their own.
   *
   * @param steps begins them, perhaps more than once
   */
  abstract transact<Result>(steps: () => Steps<Result>, options: RunOptions): Promise<Result>;

  /** Whether the error says that a statement did nothing only because of others, and may be run again. */
  abstract mayRunAgain(error: unknown): boolean;

  abstract isMissingTable(error: unknown): boolean;

  /** What makes an INSERT change the row that is there, before the assignments. */
  abstract orUpdate(key: string): string;

  /** An expression as a text. */
  abstract asText(expression: string): string;

  /** A row of `count`. */
  used(id: string, issuance?: Issuance): Statement {
    const sql = `SELECT ${this.countOf(issuance, 2)} AS count FROM ${this.tables.uses} WHERE token_id = $1`;
    return this.reading(sql, [id, ...issuanceParameters(issuance)]);
  }

  /** A row where a revocation of its scopes ends the token. */
  endOf(id: string, issuance: Issuance): Statement {
    const sql = `${this.revocationOf(issuance, 2)} LIMIT 1`;
    return this.reading(sql, [id, ...issuanceParameters(issuance)]);
  }

  refund(id: string): Statement {
    const sql = `UPDATE ${this.tables.uses} SET count = count - 1
      WHERE token_id = $1 AND count > 0 AND count < ${REVOKED_COUNT}`;
    return this.statement(sql, [id]);
  }

  revoke(id: string, keepUntil: number): Statement {
    const sql = `INSERT INTO ${this.tables.uses} (token_id, count, expires_at)
      VALUES ($1, ${REVOKED_COUNT}, $2)
      ${this.orUpdate('token_id')} count = ${REVOKED_COUNT}, expires_at = ${this.later('$2')}`;
    return this.statement(sql, [id, keepUntil]);
  }

  /** As {@link revoke}, where so many uses are spent. */
  revokeIfUsed(id: string, used: number, keepUntil: number): Statement {
    if (used === 0) return this.revokeIfUnused(id, keepUntil);
    const sql = `UPDATE ${this.tables.uses} SET count = ${REVOKED_COUNT}, expires_at = ${this.later('$3')}
      WHERE token_id = $1 AND count = $2`;
    return this.statement(sql, [id, used, keepUntil]);
  }

  /** Whether {@link revokeIfUsed} did it. */
  hasRevoked({ affected, insertId }: Outcome): boolean {
    return affected > 0 && insertId <= REVOKED_COUNT;
  }

  /** Whoever is counted meanwhile waits for the count's row, and takes the time from it. */
  *prolong(id: string, keepUntil: number, keepsUsers: boolean): Steps<void> {
    const { uses, usedBy } = this.tables;
    const ofCount = `INSERT INTO ${uses} (token_id, count, expires_at) VALUES ($1, 0, $2)
      ${this.orUpdate('token_id')} expires_at = ${this.later('$2')}`;
    yield this.statement(ofCount, [id, keepUntil]);
    const ofUsers = `UPDATE ${usedBy} SET expires_at = (SELECT expires_at FROM ${uses} WHERE token_id = $1)
      WHERE token_id = $1`;
    if (keepsUsers) yield this.statement(ofUsers, [id]);
  }

  /** Gives the use of somebody back, and forgets them. */
  *refundBy(id: string, byHash: string): Steps<void> {
    const { affected } = yield this.refund(id);
    if (affected === 0) return;
    let isForgotten = false;
    try {
      isForgotten = (yield this.forget(id, byHash)).affected > 0;
    } finally {
      const sql = `UPDATE ${this.tables.uses} SET count = count + 1 WHERE token_id = $1`;
      if (!isForgotten) yield { ...this.statement(sql, [id]), isUndo: true };
    }
  }

  /** Rows of `used_by` and `used_at`, in the order of {@link UsedByStore.usedBy}. */
  usedBy(id: string, limit: number, after?: Pick<UseBy, 'at' | 'byHash'>): Statement {
    const follows = after ? 'AND used_at >= $3 AND (used_at > $3 OR by_hash > $4)' : '';
    const sql = `SELECT used_by, ${this.asText('used_at')} AS used_at FROM ${this.tables.usedBy} AS users
      WHERE token_id = $1 ${follows} ORDER BY users.used_at, by_hash LIMIT $2`;
    return this.reading(sql, [id, limit, ...(after ? [after.at, after.byHash] : [])]);
  }

  /** Rows of `id` and `count`, and of scopes that were revoked with `issued_until` and `except_id`. */
  usedOf(ids: readonly string[], scopes: readonly string[]): Statement {
    const counts = `SELECT token_id AS id, ${this.asText('count')} AS count, NULL AS issued_until, NULL AS except_id
      FROM ${this.tables.uses} WHERE token_id IN (${placeholders(ids, 1)})`;
    const revocations = `UNION ALL SELECT id, NULL, ${this.asText('issued_until')}, except_id
      FROM ${this.tables.revocations} WHERE id IN (${placeholders(scopes, ids.length + 1)})`;
    return this.reading(scopes.length > 0 ? `${counts} ${revocations}` : counts, [
      ...ids,
      ...scopes,
    ]);
  }

  /** MySQL assigns from left to right, so the moment that is compared comes last. */
  revokeScope(scope: string, revocation: ScopeRevocation, keepUntil: number): Statement {
    const table = this.tables.revocations;
    const [until, expiry] = [`${table}.issued_until`, `${table}.expires_at`];
    const sql = `INSERT INTO ${table} (id, issued_until, except_id, expires_at) VALUES ($1, $2, $3, $4)
      ${this.orUpdate('id')}
        except_id = CASE WHEN ${until} <= $2 THEN $3 ELSE ${table}.except_id END,
        expires_at = CASE WHEN ${expiry} <= $4 THEN $4 ELSE ${expiry} END,
        issued_until = CASE WHEN ${until} <= $2 THEN $2 ELSE ${until} END`;
    const { issuedUntil, except } = revocation;
    return this.statement(sql, [scope, issuedUntil, except, keepUntil]);
  }

  /** No row, and an error where the table or one of our columns is missing, or may not be read. */
  probe({ key, columns }: TableDefinition): Statement {
    const names = columns.map(({ name }) => name).join(', ');
    return this.reading(`SELECT ${names} FROM ${this.tables[key]} LIMIT 0`, []);
  }

  /** A row where there is one whose time is 0. */
  timeless(): Statement {
    return this.reading(`SELECT 1 FROM ${this.tables.uses} WHERE expires_at = 0 LIMIT 1`, []);
  }

  /** What {@link used} selects: {@link REVOKED_COUNT} where a revocation ends the token of $1. */
  protected countOf(issuance: Issuance | undefined, at: number): string {
    const count = 'COALESCE(MAX(count), 0)';
    if (!issuance) return this.asText(count);
    const isEnded = `EXISTS (${this.revocationOf(issuance, at)})`;
    return this.asText(`CASE WHEN ${isEnded} THEN ${REVOKED_COUNT} ELSE ${count} END`);
  }

  /** Forgets one who used a token. */
  protected forget(id: string, byHash: string): Statement {
    const sql = `DELETE FROM ${this.tables.usedBy} WHERE token_id = $1 AND by_hash = $2`;
    return this.statement(sql, [id, byHash]);
  }

  /** The later of a count's time and another one; 0 is never, as in Python. */
  protected later(moment: string): string {
    const present = `${this.tables.uses}.expires_at`;
    return `CASE WHEN ${present} = 0 OR ${present} >= ${moment} THEN ${present} ELSE ${moment} END`;
  }

  /** A statement in which $1 is the first parameter, and each may occur again. */
  statement(sql: string, parameters: Statement['parameters']): Statement {
    return { sql, parameters };
  }

  reading(sql: string, parameters: Statement['parameters']): Statement {
    return { ...this.statement(sql, parameters), isRead: true };
  }

  /**
   * Selects a revocation that ends the token of $1.
   *
   * @param at position of the first of {@link issuanceParameters}
   */
  protected revocationOf({ scopes }: Issuance, at: number): string {
    return `SELECT 1 FROM ${this.tables.revocations} WHERE id IN (${placeholders(scopes, at + 1)}) AND issued_until >= $${at}
      AND (issued_until > $${at} OR except_id IS NULL OR except_id <> $1)`;
  }
}

/** @param first position of the first of them */
function placeholders(values: readonly string[], first: number): string {
  return values.map((_, index) => `$${first + index}`).join(', ');
}

/** When the token was issued, and its scopes. */
export function issuanceParameters(issuance: Issuance | undefined): (string | number)[] {
  return issuance ? [issuance.at, ...issuance.scopes] : [];
}

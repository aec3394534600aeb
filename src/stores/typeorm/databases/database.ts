import type { DataSource, EntityManager } from 'typeorm';
import type { ScopeRevocation } from '../../scope-revocations.js';
import { type ConsumeResult, type Issuance, REVOKED_COUNT } from '../../tempid-store.js';
import type { TableDefinition } from '../table-definition.js';
import type { PerTable } from '../tables.js';

/** A statement with its parameters in order. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly (string | number | null)[];
  /** It changes nothing. */
  readonly isRead?: true;
  /** Statements that make the session ready for it, and as it was again. */
  readonly session?: { readonly before: string; readonly after: string };
}

/** One row of an answer. Numbers are cast to texts, since a driver may be told to read other types its own way. */
export type Row = Readonly<
  Partial<
    Record<'count' | 'allowed' | 'version' | 'clock' | 'key' | 'place' | 'keyless', string | null>
  >
>;

/** What a statement answered. */
export interface Outcome {
  readonly rows: readonly Row[];
  /** How many rows it changed. */
  readonly affected: number;
  /** What a statement of MySQL says beside its rows. */
  readonly insertId: number;
}

/** A connection of the driver's pool, for one statement. */
export interface PooledConnection {
  query(statement: Statement): Promise<Outcome>;
  /** Whether it may go back: no statement is under way on it, and no transaction is open. */
  isClean(): boolean;
  release(): void;
  /** Ends it, and whatever transaction it is in. */
  destroy(): void;
}

/** In which transaction a statement runs, and until when its answer is waited for. */
export interface RunOptions {
  readonly manager: EntityManager | undefined;
  readonly deadline: number;
}

/** What only the server knows. */
export interface ServerFacts {
  /** The schema or the database of each table, for names without one; undefined where there is no such thing. */
  readonly places: PerTable<string | undefined>;
  /** Its clock, in Unix milliseconds; undefined where it is ours. */
  readonly clock?: number;
  /** Of MySQL and MariaDB. */
  readonly isMariadb?: boolean;
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
  /** Whether {@link consume} does not look at the revocations of a token's scopes: {@link used} must, after it. */
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

  /** Removes at most `limit` rows whose time was before `now`; 0 is never, as in Python. */
  abstract purge(table: TableDefinition, now: number, limit: number): Statement;

  /** Runs a statement once, in the transaction of `options.manager` or in none. */
  abstract run(statement: Statement, options: RunOptions): Promise<Outcome>;

  /** Whether the error says that a statement did nothing only because of others, and may be run again. */
  abstract mayRunAgain(error: unknown): boolean;

  abstract isMissingTable(error: unknown): boolean;

  /** What makes an INSERT change the row that is there, before the assignments. */
  abstract orUpdate(key: string): string;

  /** An expression as a text. */
  abstract asText(expression: string): string;

  /** A row of `count`. */
  used(id: string, issuance?: Issuance): Statement {
    const count = 'COALESCE(MAX(count), 0)';
    const answer = issuance
      ? `CASE WHEN EXISTS (${this.revocationOf(issuance, 2)}) THEN ${REVOKED_COUNT} ELSE ${count} END`
      : count;
    const sql = `SELECT ${this.asText(answer)} AS count FROM ${this.tables.uses} WHERE token_id = $1`;
    return this.reading(sql, [id, ...issuanceParameters(issuance)]);
  }

  refund(id: string): Statement {
    const sql = `UPDATE ${this.tables.uses} SET count = count - 1
      WHERE token_id = $1 AND count > 0 AND count < ${REVOKED_COUNT}`;
    return this.statement(sql, [id]);
  }

  revoke(id: string, keepUntil: number): Statement {
    const sql = `INSERT INTO ${this.tables.uses} (token_id, count, expires_at)
      VALUES ($1, ${REVOKED_COUNT}, $2) ${this.orUpdate('token_id')} count = ${REVOKED_COUNT}`;
    return this.statement(sql, [id, keepUntil]);
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
    const ids = scopes.map((_, index) => `$${at + 1 + index}`).join(', ');
    return `SELECT 1 FROM ${this.tables.revocations} WHERE id IN (${ids}) AND issued_until >= $${at}
      AND (issued_until > $${at} OR except_id IS NULL OR except_id <> $1)`;
  }
}

/** When the token was issued, and its scopes. */
export function issuanceParameters(issuance: Issuance | undefined): (string | number)[] {
  return issuance ? [issuance.at, ...issuance.scopes] : [];
}

/** The driver's own code of an error, which TypeORM copies to its own. */
export function codeOf(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

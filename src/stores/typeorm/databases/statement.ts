import type { EntityManager } from 'typeorm';

/** A statement with its parameters in order. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly (string | number | null)[];
  /** It changes nothing. */
  readonly isRead?: true;
  /** It takes back what came before it in {@link Steps}, which a ROLLBACK does as well. */
  readonly isUndo?: true;
  /** Statements that make the session ready for it, and as it was again. */
  readonly session?: { readonly before: string; readonly after: string };
}

/** One row of an answer. Numbers are cast to texts, since a driver may be told to read other types its own way. */
export type Row = Readonly<Partial<Record<RowName, string | null>>>;
type RowName =
  | 'count'
  | 'allowed'
  | 'id'
  | 'issued_until'
  | 'except_id'
  | 'used_by'
  | 'used_at'
  | 'version'
  | 'clock'
  | 'key'
  | 'place'
  | 'keyless'
  | 'keyless_users';

/** What a statement answered. */
export interface Outcome {
  readonly rows: readonly Row[];
  /** How many rows it changed. */
  readonly affected: number;
  /** What a statement of MySQL says beside its rows. */
  readonly insertId: number;
}

/**
 * Statements that depend on each other, and what comes of them. The error of one that failed is thrown into them, so
 * that they can take back what they did.
 */
export type Steps<Result> = Generator<Statement, Result, Outcome>;

/** A connection of the driver's pool, for one use. */
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
  /** Of a transaction of steps: how long one may wait for a lock, in milliseconds. */
  readonly lockTimeout?: number | undefined;
}

/** The driver's own code of an error, which TypeORM copies to its own. */
export function codeOf(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

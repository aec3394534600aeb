import type { EntityManager } from 'typeorm';
import type { ConsumeResult, ScopeRevocation, Issuance } from '../../tempid-store.js';

/** A statement with its parameters in order. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly (string | number | null)[];
  /** It changes nothing. */
  readonly isRead?: true;
  /** Statements that make the session ready for it, and as it was again. */
  readonly session?: { readonly before: string; readonly after: string };
}

/** One row of a statement's answer. Drivers that return 64 bits as text return text. */
export interface Row {
  readonly count?: number | string;
  readonly allowed?: string;
  readonly value?: string;
  readonly version?: string;
  readonly clock?: string;
  readonly place?: string | null;
  readonly keyless?: string | null;
}

/** What a statement answered. */
export interface Outcome {
  readonly rows: readonly Row[];
  /** How many rows it changed. */
  readonly affected: number;
  /** What a statement of MySQL says beside its rows. */
  readonly insertId: number;
}

/** In which transaction a statement runs, and until when its answer is waited for. */
interface RunOptions {
  readonly manager: EntityManager | undefined;
  readonly deadline: number;
}

/** One name for each table. */
export interface TableNames {
  readonly uses: string;
  readonly answers: string;
  readonly revocations: string;
}

/** What only the server knows. */
export interface ServerFacts {
  /** The schema or the database of each table, for names that say none; undefined where there is no such thing. */
  readonly places: { readonly [Table in keyof TableNames]?: string | undefined };
  /** Its clock, in Unix milliseconds; undefined where it is ours. */
  readonly clock?: number;
  /** Of MySQL and MariaDB. */
  readonly isMariadb?: boolean;
}

/** The statements on the table `tempid_answers`. Moments are Unix milliseconds. */
export interface AnswerStatements {
  remember(id: string, value: string, until: number): Statement;
  /** A row of `value`; none where there is nothing, or its time is over. */
  recall(id: string, now: number): Statement;
  /** Removes at most `limit` rows whose time was before `now`. */
  purgeAnswers(now: number, limit: number): Statement;
}

/** The statements on the table `tempid_revocations`. `keepUntil` and `now` are Unix seconds. */
export interface RevocationStatements {
  revokeScope(scope: string, revocation: ScopeRevocation, keepUntil: number): Statement;
  /** Removes at most `limit` rows whose time was before `now`; 0 is never. */
  purgeRevocations(now: number, limit: number): Statement;
}

/** What the store needs of one kind of database: its SQL, and one way to run a statement. Moments are Unix seconds. */
export interface Database extends AnswerStatements, RevocationStatements {
  /** Whether {@link consume} does not look at what was revoked of a token's scopes: {@link used} must, after it. */
  readonly consumesBlindly?: true;
  /**
   * @param patience how long it may wait for a lock, in milliseconds; undefined: as the database is set to
   * @param issuance of a token that what was revoked of its scopes may end; there is one scope at least
   */
  consume(
    id: string,
    maxUses: number,
    keepUntil: number,
    patience?: number,
    issuance?: Issuance,
  ): Statement;
  /** What the outcome of {@link consume} says; null of a refusal that does not say how many are spent. */
  readConsumed(outcome: Outcome): ConsumeResult | null;
  /** A row of `count`. */
  used(id: string, issuance?: Issuance): Statement;
  refund(id: string): Statement;
  revoke(id: string, keepUntil: number): Statement;
  /** Removes at most `limit` rows whose time was before `now`; 0 is never, as in Python. */
  purge(now: number, limit: number): Statement;

  /** A row where there is one whose time is 0. */
  timeless(): Statement;

  /** Runs a statement once, in the transaction of `options.manager` or in none. */
  run(statement: Statement, options: RunOptions): Promise<Outcome>;
  /** Whether the error says that a statement did nothing only because of others, and may be run again. */
  mayRunAgain(error: unknown): boolean;
  isMissingTable(error: unknown): boolean;
}

/** The driver's own code of an error, which TypeORM copies to its own. */
export function codeOf(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

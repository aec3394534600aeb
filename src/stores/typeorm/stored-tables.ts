import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { DataSource, EntityManager, Table } from 'typeorm';
import { TempIDConfigurationError } from '../../common/errors.js';
import { clockDifference } from '../clock-difference.js';
import type { ConsumeOptions } from '../tempid-store.js';
import { betterSqlite3 } from './databases/better-sqlite3.js';
import type { Database, DatabaseFactory, ServerFacts } from './databases/database.js';
import { mysql } from './databases/mysql.js';
import { postgres } from './databases/postgres.js';
import type { Outcome, RunOptions, Statement, Steps } from './databases/statement.js';
import { createTable, lookupPathOf, tableNameOf, tableOf } from './table-names.js';
import type { TableDefinition } from './table-definition.js';
import { perTable, USES } from './tables.js';
import { assertManager } from './typeorm-internals.js';

/** Every database that the store knows, by the name of its TypeORM driver. */
const DATABASES: ReadonlyMap<string, DatabaseFactory> = new Map([
  ['better-sqlite3', betterSqlite3],
  ['postgres', postgres],
  ['mysql', mysql],
  ['mariadb', mysql],
]);

type TimedOptions = Required<RunOptions>;

/** How long a statement is run again where the caller has no deadline. */
const DEFAULT_TIMEOUT_MS = 2_000;
/** The longest wait before a statement is run again; a random part of it parts rivals. */
const MAX_RETRY_DELAY_MS = 10;

/** The tables of the store on a connection. */
export class StoredTables {
  private readonly factory: DatabaseFactory;
  private opened: Promise<{ database: Database; places: ServerFacts['places'] }> | undefined;
  private hasWarned = false;

  /**
   * @param owner name of the class that has them, for the log
   * @throws {@link TempIDConfigurationError} where the connection's driver is not one of those supported
   */
  constructor(
    readonly dataSource: DataSource,
    readonly owner = 'TypeOrmTempIDStore',
  ) {
    const { type } = dataSource.options;
    const factory = DATABASES.get(type);
    if (!factory) {
      throw new TempIDConfigurationError(
        `${owner} does not know the driver '${type}'; it knows ${[...DATABASES.keys()].join(', ')}.`,
      );
    }
    this.factory = factory;
  }

  /** The database, whose server is asked the first time where the tables are. */
  async database(options?: ConsumeOptions): Promise<Database> {
    return (await this.open(options)).database;
  }

  /** A table as it is; undefined of what is none, or may not be seen. */
  async describe(definition: TableDefinition): Promise<Table | undefined> {
    const { places } = await this.open();
    const path = lookupPathOf(this.dataSource, definition, places[definition.key]);
    const runner = this.dataSource.createQueryRunner();
    try {
      return await runner.getTable(path);
    } finally {
      await runner.release();
    }
  }

  /**
   * Runs a statement until the database has decided it. One that was undone because of others did nothing, and
   * is run again; in a transaction all before it was undone as well, so there it is the application's to repeat.
   *
   * @param statement gets how long it may wait for locks, in milliseconds; undefined in a transaction
   * @param tables those of the statement
   */
  run(
    statement: (database: Database, lockTimeout: number | undefined) => Statement,
    options?: ConsumeOptions,
    tables?: readonly TableDefinition[],
  ): Promise<Outcome> {
    const run = (database: Database, { lockTimeout, ...others }: TimedOptions) =>
      database.run(statement(database, lockTimeout), others);
    return this.untilDecided(run, options, tables);
  }

  /** As {@link run}, of statements that depend on each other, all of which are done or none. */
  transact<Result>(
    steps: (database: Database, lockTimeout: number | undefined) => Steps<Result>,
    options?: ConsumeOptions,
    tables?: readonly TableDefinition[],
  ): Promise<Result> {
    const run = (database: Database, timed: TimedOptions) =>
      database.transact(() => steps(database, timed.lockTimeout), timed);
    return this.untilDecided(run, options, tables);
  }

  private async untilDecided<Result>(
    run: (database: Database, options: TimedOptions) => Promise<Result>,
    options: ConsumeOptions = {},
    tables: readonly TableDefinition[] = [USES],
  ): Promise<Result> {
    const { deadline = performance.now() + DEFAULT_TIMEOUT_MS } = options;
    const manager = this.managerIn(options);
    const database = await this.database(options);
    for (;;) {
      try {
        const lockTimeout = manager ? undefined : lockTimeoutUntil(deadline);
        return await run(database, { manager, deadline, lockTimeout });
      } catch (error) {
        if (database.isMissingTable(error)) throw this.missing(tables, error);
        const isLate = performance.now() + 2 * MAX_RETRY_DELAY_MS > deadline;
        if (manager || isLate || !database.mayRunAgain(error)) throw error;
        await wait(Math.random() * MAX_RETRY_DELAY_MS);
      }
    }
  }

  private managerIn(options: ConsumeOptions): EntityManager | undefined {
    if (!('manager' in options)) return undefined;
    const { manager } = options;
    assertManager(manager, this.dataSource, this.owner);
    return manager;
  }

  private open({ deadline = performance.now() + DEFAULT_TIMEOUT_MS }: ConsumeOptions = {}) {
    return (this.opened ??= this.ask(deadline).catch((error: unknown) => {
      this.opened = undefined;
      throw error;
    }));
  }

  private async ask(deadline: number) {
    const { dataSource, factory } = this;
    const asked = Date.now();
    const names = perTable((definition) => tableNameOf(dataSource, definition));
    const facts = await factory.ask(dataSource, names, deadline);
    this.warnOfClock(facts, asked);
    const { places } = facts;
    const tables = perTable((table) => tableOf(dataSource, table, places[table.key]));
    return { database: factory.open(dataSource, tables, facts), places };
  }

  /** Once, though the server is asked again for as long as a table is missing. */
  private warnOfClock({ clock }: ServerFacts, asked: number): void {
    const difference = clock !== undefined && clockDifference(clock, asked, Date.now());
    if (!difference || this.hasWarned) return;
    this.hasWarned = true;
    new Logger(this.owner).warn(
      `The clock of the database's server is ${difference} ours; set the one that is wrong. Counts are kept and removed by ` +
        'our clocks: a process whose clock is an hour ahead removes counts of tokens that others still accept, and ' +
        'one whose clock is an hour behind accepts tokens whose counts are gone, so spent ones work again.',
    );
  }

  private missing(tables: readonly TableDefinition[], cause: unknown): Error {
    // Whoever makes it may choose another schema of the search path.
    this.opened = undefined;
    const { message } = Object(cause) as { message?: unknown };
    const table = tables.find(({ name }) => String(message).includes(name)) ?? tables[0] ?? USES;
    const statements = createTable(this.dataSource, table).join('; ');
    return new Error(
      `its table is missing. Make it by the migration ${table.migration}, by 'synchronize', or by: ${statements};`,
      { cause },
    );
  }
}

/** A little less than is left, so that the database ends the wait first, and the use is not spent after all. */
function lockTimeoutUntil(deadline: number): number {
  return Math.max(1, Math.floor(0.9 * (deadline - performance.now())));
}

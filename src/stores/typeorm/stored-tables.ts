import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { TempIDConfigurationError } from '../../errors.js';
import type { ConsumeOptions } from '../tempid-store.js';
import type { Database, Outcome, Statement } from './databases/database.js';
import { DATABASES } from './databases/index.js';
import { expectManager } from './manager.js';
import { createTable, tableOf } from './table.js';
import { ANSWERS, REVOCATIONS, type TableDefinition, USES } from './tables.js';

/** How long a statement is run again, in milliseconds, where nobody says how long its answer is waited for. */
const PATIENCE = 2_000;
/** The longest wait before a statement is run again, in milliseconds; a random part of it parts rivals. */
const PAUSE = 10;

/** The tables of the store on a connection. */
export class StoredTables {
  readonly database: Database;

  /** @throws {@link TempIDConfigurationError} where the connection's driver is not one of those supported */
  constructor(private readonly dataSource: DataSource) {
    const { type } = dataSource.options;
    const factory = DATABASES.get(type);
    if (!factory) {
      throw new TempIDConfigurationError(
        `TypeOrmTempIDStore does not know the driver '${type}'; it knows ${[...DATABASES.keys()].join(', ')}.`,
      );
    }
    this.database = factory(dataSource, {
      uses: tableOf(dataSource, USES),
      answers: tableOf(dataSource, ANSWERS),
      revocations: tableOf(dataSource, REVOCATIONS),
    });
  }

  /**
   * Runs a statement until the database has decided it. One that was undone because of others did nothing, and
   * is run again; in a transaction all before it was undone as well, so there it is the application's to repeat.
   *
   * @param statement given how long it may wait for others, in milliseconds; undefined in a transaction
   * @param tables those of the statement
   */
  async run(
    statement: (patience: number | undefined) => Statement,
    options: ConsumeOptions = {},
    tables: readonly TableDefinition[] = [USES],
  ): Promise<Outcome> {
    const { manager, deadline = performance.now() + PATIENCE } = options;
    if ('manager' in options) expectManager(manager, this.dataSource);
    for (;;) {
      try {
        const patience = manager ? undefined : patienceUntil(deadline);
        return await this.database.run(statement(patience), { manager, deadline });
      } catch (error) {
        if (this.database.isMissingTable(error)) throw this.missing(tables, error);
        const isLate = performance.now() + 2 * PAUSE > deadline;
        if (manager || isLate || !this.database.mayRunAgain(error)) throw error;
        await wait(Math.random() * PAUSE);
      }
    }
  }

  private missing(tables: readonly TableDefinition[], cause: unknown): Error {
    const { message } = Object(cause) as { message?: unknown };
    const table = tables.find(({ name }) => String(message).includes(name)) ?? tables[0] ?? USES;
    const statements = createTable(this.dataSource, table).join('; ');
    return new Error(
      `its table is missing. Make it by the migration ${table.migration}, by 'synchronize', or by: ${statements};`,
      { cause },
    );
  }
}

/** A little less than is left, so that the database gives up first, and the use is not spent after all. */
function patienceUntil(deadline: number): number {
  return Math.max(1, Math.floor(0.9 * (deadline - performance.now())));
}

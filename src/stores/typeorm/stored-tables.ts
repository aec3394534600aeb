import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { DataSource, Table } from 'typeorm';
import { TempIDConfigurationError } from '../../common/errors.js';
import { clockDifference } from '../clock-difference.js';
import type { ConsumeOptions } from '../tempid-store.js';
import type {
  Database,
  Outcome,
  ServerFacts,
  Statement,
  TableNames,
} from './databases/database.js';
import { DATABASES, type DatabaseKind } from './databases/index.js';
import { assertManager } from './manager.js';
import { createTable, lookupPathOf, tableNameOf, tableOf } from './table.js';
import { ANSWERS, REVOCATIONS, type TableDefinition, USES } from './tables.js';

/** How long a statement is run again, in milliseconds, where nobody says how long its answer is waited for. */
const DEFAULT_TIMEOUT_MS = 2_000;
/** The longest wait before a statement is run again, in milliseconds; a random part of it parts rivals. */
const PAUSE = 10;

interface OpenedTables {
  readonly database: Database;
  readonly facts: ServerFacts;
}

/** The tables of the store on a connection. */
export class StoredTables {
  private readonly kind: DatabaseKind;
  private opened: Promise<OpenedTables> | undefined;
  private hasWarned = false;

  /** @throws {@link TempIDConfigurationError} where the connection's driver is not one of those supported */
  constructor(readonly dataSource: DataSource) {
    const { type } = dataSource.options;
    const kind = DATABASES.get(type);
    if (!kind) {
      throw new TempIDConfigurationError(
        `TypeOrmTempIDStore does not know the driver '${type}'; it knows ${[...DATABASES.keys()].join(', ')}.`,
      );
    }
    this.kind = kind;
  }

  /** The database, whose server is asked the first time where the tables are. */
  async database(options?: ConsumeOptions): Promise<Database> {
    return (await this.open(options)).database;
  }

  /** A table as it is; undefined of what is none, or may not be seen. */
  async describe(definition: TableDefinition): Promise<Table | undefined> {
    const { dataSource } = this;
    const place = placeOf(definition, (await this.open()).facts);
    const runner = dataSource.createQueryRunner();
    try {
      return await runner.getTable(lookupPathOf(dataSource, definition, place));
    } finally {
      await runner.release();
    }
  }

  /**
   * Runs a statement until the database has decided it. One that was undone because of others did nothing, and
   * is run again; in a transaction all before it was undone as well, so there it is the application's to repeat.
   *
   * @param statement given how long it may wait for others, in milliseconds; undefined in a transaction
   * @param tables those of the statement
   */
  async run(
    statement: (database: Database, patience: number | undefined) => Statement,
    options: ConsumeOptions = {},
    tables: readonly TableDefinition[] = [USES],
  ): Promise<Outcome> {
    const { manager, deadline = performance.now() + DEFAULT_TIMEOUT_MS } = options;
    if ('manager' in options) assertManager(manager, this.dataSource);
    const database = await this.database(options);
    for (;;) {
      try {
        const patience = manager ? undefined : patienceUntil(deadline);
        return await database.run(statement(database, patience), { manager, deadline });
      } catch (error) {
        if (database.isMissingTable(error)) throw this.missing(tables, error);
        const isLate = performance.now() + 2 * PAUSE > deadline;
        if (manager || isLate || !database.mayRunAgain(error)) throw error;
        await wait(Math.random() * PAUSE);
      }
    }
  }

  private open({ deadline = performance.now() + DEFAULT_TIMEOUT_MS }: ConsumeOptions = {}) {
    return (this.opened ??= this.ask(deadline).catch((error: unknown) => {
      this.opened = undefined;
      throw error;
    }));
  }

  private async ask(deadline: number): Promise<OpenedTables> {
    const { dataSource, kind } = this;
    const asked = Date.now();
    const names = namesBy((definition) => tableNameOf(dataSource, definition));
    const facts = await kind.ask(dataSource, names, deadline);
    this.warnOfClock(facts, asked);
    const tables = namesBy((definition) =>
      tableOf(dataSource, definition, placeOf(definition, facts)),
    );
    return { database: kind.open(dataSource, tables, facts), facts };
  }

  /** Once, though the server is asked again for as long as a table is missing. */
  private warnOfClock({ clock }: ServerFacts, asked: number): void {
    const difference = clock !== undefined && clockDifference(clock, asked, Date.now());
    if (!difference || this.hasWarned) return;
    this.hasWarned = true;
    new Logger('TypeOrmTempIDStore').warn(
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

function namesBy(nameTable: (definition: TableDefinition) => string): TableNames {
  return {
    uses: nameTable(USES),
    answers: nameTable(ANSWERS),
    revocations: nameTable(REVOCATIONS),
  };
}

function placeOf(definition: TableDefinition, { places }: ServerFacts): string | undefined {
  if (definition === ANSWERS) return places.answers;
  return definition === REVOCATIONS ? places.revocations : places.uses;
}

/** A little less than is left, so that the database gives up first, and the use is not spent after all. */
function patienceUntil(deadline: number): number {
  return Math.max(1, Math.floor(0.9 * (deadline - performance.now())));
}

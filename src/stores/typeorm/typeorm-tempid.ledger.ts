import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { OnePerProcess } from '../../common/one-per-process.js';
import {
  hasAll,
  type IssuedFilter,
  type IssuedKey,
  type IssuedPage,
  type IssuedRow,
  type LedgerOptions,
  TempIDLedger,
  type TempIDLedgerRegistration,
} from '../../ledger/tempid-ledger.js';
import { LEDGER, outageOf } from '../store-outage.js';
import type { AsyncStoreOptions } from '../tempid-store.js';
import { checkTables } from './check-tables.js';
import type { Database } from './databases/database.js';
import type { Statement } from './databases/statement.js';
import { insertRow, selectById, selectPage, toIssuedRow, updateRow } from './issued-statements.js';
import {
  LEDGER_OPTIONS,
  ledgerRegistrationOf,
  type OpenedOptions,
  type TypeOrmTempIDLedgerOptions,
} from './options.js';
import { StoredTables } from './stored-tables.js';
import { ISSUED } from './tables.js';

const MAX_BATCH = 1_000;

/** The options with a DataSource instead of its name. */
type OpenedLedgerOptions = Pick<OpenedOptions, 'dataSource'>;

/**
 * What was issued, in the table `tempid_issued` of a TypeORM connection: SQLite (better-sqlite3), PostgreSQL, MySQL or
 * MariaDB. With `autoLoadEntities` the entity `TempIDIssued` comes along by itself.
 */
@OnePerProcess('TypeOrmTempIDLedger')
@Injectable()
export class TypeOrmTempIDLedger extends TempIDLedger implements OnModuleInit {
  override readonly useOptions = ['manager'] as const;
  private readonly dataSource: DataSource;
  private opened: StoredTables | undefined;

  constructor(@Inject(LEDGER_OPTIONS) { dataSource }: OpenedLedgerOptions) {
    super();
    this.dataSource = dataSource;
  }

  /** The ledger on another connection than the unnamed one. */
  static override register(
    ...options: [options?: TypeOrmTempIDLedgerOptions]
  ): TempIDLedgerRegistration {
    return ledgerRegistrationOf(this, options);
  }

  /** The ledger on the DataSource that a factory returns. Its entity is the application's to list. */
  static registerAsync({
    imports = [],
    inject = [],
    useFactory,
  }: AsyncStoreOptions<OpenedLedgerOptions>): TempIDLedgerRegistration {
    const providers = [{ provide: LEDGER_OPTIONS, inject: [...inject], useFactory }];
    return { ledger: this, imports, providers };
  }

  /**
   * Logs one line where the table is missing or differs from ours, and where the server's clock differs. The
   * application starts all the same, since a migration may still come.
   *
   * @throws TempIDConfigurationError where the connection's driver is not one of those supported
   */
  async onModuleInit(): Promise<void> {
    const { tables } = this;
    if (this.dataSource.isInitialized) await checkTables(tables, [ISSUED], outageOf(this, LEDGER));
  }

  override async add(row: IssuedRow, options?: LedgerOptions): Promise<void> {
    await this.run((database) => insertRow(database, row), options);
  }

  override async find(id: string, options?: LedgerOptions): Promise<IssuedRow | null> {
    const { rows } = await this.run((database) => selectById(database, id), options);
    return rows.map(toIssuedRow).find((row) => row.id === id) ?? null;
  }

  /** MySQL takes texts for equal that are not, by their case or by spaces at their end: what it finds is compared. */
  override async list(
    filter: IssuedFilter,
    { limit, after }: IssuedPage,
    options?: LedgerOptions,
  ): Promise<readonly IssuedRow[]> {
    const listed: IssuedRow[] = [];
    let last: IssuedKey | undefined = after;
    for (;;) {
      const wanted = limit - listed.length;
      const { rows } = await this.run(
        (database) => selectPage(database, filter, wanted, last),
        options,
      );
      const found = rows.map(toIssuedRow);
      listed.push(...found.filter((row) => hasAll(row, filter)));
      if (found.length < wanted || listed.length === limit) return listed;
      last = found.at(-1);
    }
  }

  override async replace(
    row: IssuedRow,
    sealed: string,
    options?: LedgerOptions,
  ): Promise<boolean> {
    const { affected } = await this.run((database) => updateRow(database, row, sealed), options);
    return affected === 1;
  }

  override async purgeExpired(now: Date, options?: LedgerOptions): Promise<number> {
    const seconds = Math.ceil(now.getTime() / 1_000);
    const { affected } = await this.run(
      (database) => database.purge(ISSUED, seconds, MAX_BATCH),
      options,
    );
    return affected;
  }

  private run(statement: (database: Database) => Statement, options?: LedgerOptions) {
    return this.tables.run(statement, options, [ISSUED]);
  }

  private get tables(): StoredTables {
    return (this.opened ??= new StoredTables(this.dataSource, 'TypeOrmTempIDLedger'));
  }
}

import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { reasonOf } from '../../reason-of.js';
import { registrationByFactory } from '../registration-by-factory.js';
import {
  type AsyncStoreOptions,
  type ConsumeOptions,
  type ConsumeResult,
  TempIDStore,
  type TempIDStoreRegistration,
} from '../tempid-store.js';
import { TempIDUse } from './tempid-use.entity.js';
import { UsesTable } from './uses-table.js';

export interface TypeOrmTempIDStoreOptions {
  /** The name of a connection of `TypeOrmModule`, or a DataSource that the application owns. Default: the unnamed one. */
  dataSource?: string | DataSource;
}

declare module '../tempid-store.js' {
  interface ConsumeOptions {
    /**
     * The manager of an open transaction of the store's connection, as `dataSource.transaction` gives it: the
     * use is spent when that commits, and is not when it rolls back. Until then other uses of the token wait.
     */
    readonly manager?: EntityManager;
  }
}

const DATA_SOURCE = Symbol('TEMPID_DATA_SOURCE');
const PURGE_BATCH = 1_000;

/**
 * Counts in the table `tempid_uses` of a TypeORM connection: SQLite (better-sqlite3), PostgreSQL, CockroachDB,
 * MySQL or MariaDB. One use is one statement, by itself or in a transaction of the application. With
 * `autoLoadEntities` the entity {@link TempIDUse} comes along by itself.
 */
@Injectable()
export class TypeOrmTempIDStore extends TempIDStore implements OnModuleInit {
  override readonly useOptions = ['manager'] as const;
  private opened: UsesTable | undefined;

  constructor(@Inject(DATA_SOURCE) private readonly dataSource: DataSource) {
    super();
  }

  /** The store on another connection than the unnamed one. */
  static override register({
    dataSource = 'default',
  }: TypeOrmTempIDStoreOptions = {}): TempIDStoreRegistration {
    if (typeof dataSource !== 'string') {
      return { store: this, providers: [{ provide: DATA_SOURCE, useValue: dataSource }] };
    }
    return {
      store: this,
      imports: [TypeOrmModule.forFeature([TempIDUse], dataSource)],
      providers: [{ provide: DATA_SOURCE, useExisting: getDataSourceToken(dataSource) }],
    };
  }

  /** The store on a DataSource that a factory makes or is given. Its entities are the application's to list. */
  static registerAsync(
    options: AsyncStoreOptions<{ dataSource: DataSource }>,
  ): TempIDStoreRegistration {
    const useFactory = async (...dependencies: unknown[]) =>
      (await options.useFactory(...dependencies)).dataSource;
    return registrationByFactory(this, DATA_SOURCE, { ...options, useFactory });
  }

  /**
   * Says in one line where the table is missing; the application starts all the same, since a migration may
   * still come.
   *
   * @throws {@link TempIDConfigurationError} where the connection's driver is not one of those supported
   */
  async onModuleInit(): Promise<void> {
    const { table } = this;
    if (!this.dataSource.isInitialized) return;
    try {
      await table.run(() => table.database.used(''));
    } catch (error) {
      new Logger('TypeOrmTempIDStore').error(reasonOf(error));
    }
  }

  override async consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options: ConsumeOptions = {},
  ): Promise<ConsumeResult> {
    const { database } = this.table;
    const outcome = await this.table.run(
      (patience) => database.consume(id, maxUses, toSeconds(keepUntil), patience),
      options,
    );
    const result = database.readConsumed(outcome);
    if (result?.allowed) return result;
    // Refused, and decided: what is read now only tells a spent token from a revoked one.
    const used = result?.used ?? (await this.used(id, options));
    return { allowed: false, used: Math.max(used, maxUses) };
  }

  override async used(id: string, options?: ConsumeOptions): Promise<number> {
    const { rows } = await this.table.run(() => this.table.database.used(id), options);
    return Number(rows[0]?.count);
  }

  override async refund(id: string, options?: ConsumeOptions): Promise<void> {
    await this.table.run(() => this.table.database.refund(id), options);
  }

  override async revoke(id: string, keepUntil: Date, options?: ConsumeOptions): Promise<void> {
    const { database } = this.table;
    await this.table.run(() => database.revoke(id, toSeconds(keepUntil)), options);
  }

  override async purgeExpired(now: Date, options?: ConsumeOptions): Promise<number> {
    const { database } = this.table;
    const purge = () => database.purge(toSeconds(now), PURGE_BATCH);
    return (await this.table.run(purge, options)).affected;
  }

  private get table(): UsesTable {
    return (this.opened ??= new UsesTable(this.dataSource));
  }
}

function toSeconds(moment: Date): number {
  return Math.ceil(moment.getTime() / 1_000);
}

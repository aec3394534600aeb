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
import { StoredTables } from './stored-tables.js';
import { ANSWERS, USES } from './tables.js';
import { TempIDAnswer } from './tempid-answer.entity.js';
import { TempIDUse } from './tempid-use.entity.js';

export interface TypeOrmTempIDStoreOptions {
  /** The name of a connection of `TypeOrmModule`, or a DataSource that the application owns. Default: the unnamed one. */
  dataSource?: string | DataSource;
  /**
   * Whether the answers for a second click (`grace` of `@TempIDLink`) are kept in a table of their own,
   * `tempid_answers`, where every process finds them. Default: false, which keeps them in the memory of this one.
   */
  answers?: boolean;
}

/** The options on a DataSource that is there. */
type OpenedOptions = TypeOrmTempIDStoreOptions & { readonly dataSource: DataSource };

declare module '../tempid-store.js' {
  interface ConsumeOptions {
    /**
     * The manager of an open transaction of the store's connection, as `dataSource.transaction` gives it: the
     * use is spent when that commits, and is not when it rolls back. Until then other uses of the token wait.
     */
    readonly manager?: EntityManager;
  }
}

const OPTIONS = Symbol('TEMPID_TYPEORM_OPTIONS');
const PURGE_BATCH = 1_000;

/**
 * Counts in the table `tempid_uses` of a TypeORM connection: SQLite (better-sqlite3), PostgreSQL, CockroachDB,
 * MySQL or MariaDB. One use is one statement, by itself or in a transaction of the application. With
 * `autoLoadEntities` the entity {@link TempIDUse} comes along by itself.
 */
@Injectable()
export class TypeOrmTempIDStore extends TempIDStore implements OnModuleInit {
  override readonly useOptions = ['manager'] as const;
  private readonly dataSource: DataSource;
  private readonly keepsAnswers: boolean;
  private opened: StoredTables | undefined;

  constructor(@Inject(OPTIONS) { dataSource, answers = false }: OpenedOptions) {
    super();
    this.dataSource = dataSource;
    this.keepsAnswers = answers;
  }

  /** The store on another connection than the unnamed one. */
  static override register({
    dataSource = 'default',
    answers = false,
  }: TypeOrmTempIDStoreOptions = {}): TempIDStoreRegistration {
    if (typeof dataSource !== 'string') {
      return { store: this, providers: [{ provide: OPTIONS, useValue: { dataSource, answers } }] };
    }
    const entities = answers ? [TempIDUse, TempIDAnswer] : [TempIDUse];
    const useFactory = (opened: DataSource) => ({ dataSource: opened, answers });
    return {
      store: this,
      imports: [TypeOrmModule.forFeature(entities, dataSource)],
      providers: [{ provide: OPTIONS, inject: [getDataSourceToken(dataSource)], useFactory }],
    };
  }

  /** The store on a DataSource that a factory makes or is given. Its entities are the application's to list. */
  static registerAsync(options: AsyncStoreOptions<OpenedOptions>): TempIDStoreRegistration {
    return registrationByFactory(this, OPTIONS, options);
  }

  /**
   * Says in one line where the table is missing; the application starts all the same, since a migration may
   * still come.
   *
   * @throws {@link TempIDConfigurationError} where the connection's driver is not one of those supported
   */
  async onModuleInit(): Promise<void> {
    const { tables } = this;
    if (!this.dataSource.isInitialized) return;
    const looks = [tables.run(() => tables.database.used(''), {}, USES)];
    if (this.keepsAnswers) looks.push(tables.run(() => tables.database.recall('', 0), {}, ANSWERS));
    for (const look of await Promise.allSettled(looks)) {
      if (look.status === 'rejected') new Logger('TypeOrmTempIDStore').error(reasonOf(look.reason));
    }
  }

  override async consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options: ConsumeOptions = {},
  ): Promise<ConsumeResult> {
    const { database } = this.tables;
    const outcome = await this.tables.run(
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
    const { rows } = await this.tables.run(() => this.tables.database.used(id), options);
    return Number(rows[0]?.count);
  }

  override async refund(id: string, options?: ConsumeOptions): Promise<void> {
    await this.tables.run(() => this.tables.database.refund(id), options);
  }

  override async revoke(id: string, keepUntil: Date, options?: ConsumeOptions): Promise<void> {
    const { database } = this.tables;
    await this.tables.run(() => database.revoke(id, toSeconds(keepUntil)), options);
  }

  override async remember(
    id: string,
    value: Uint8Array,
    until: Date,
    options?: ConsumeOptions,
  ): Promise<void> {
    if (!this.keepsAnswers) return super.remember(id, value, until, options);
    const { database } = this.tables;
    const text = Buffer.from(value).toString('base64');
    await this.tables.run(() => database.remember(id, text, until.getTime()), options, ANSWERS);
  }

  override async recall(id: string, options?: ConsumeOptions): Promise<Uint8Array | null> {
    if (!this.keepsAnswers) return super.recall(id, options);
    const recall = () => this.tables.database.recall(id, Date.now());
    const { rows } = await this.tables.run(recall, options, ANSWERS);
    const [row] = rows;
    return row ? Buffer.from(String(row.value), 'base64') : null;
  }

  override async purgeExpired(now: Date, options?: ConsumeOptions): Promise<number> {
    const { database } = this.tables;
    const purge = () => database.purge(toSeconds(now), PURGE_BATCH);
    const { affected: counts } = await this.tables.run(purge, options);
    if (!this.keepsAnswers) return counts;
    const purgeAnswers = () => database.purgeAnswers(now.getTime(), PURGE_BATCH);
    const { affected: answers } = await this.tables.run(purgeAnswers, options, ANSWERS);
    return counts + answers;
  }

  private get tables(): StoredTables {
    return (this.opened ??= new StoredTables(this.dataSource));
  }
}

function toSeconds(moment: Date): number {
  return Math.ceil(moment.getTime() / 1_000);
}

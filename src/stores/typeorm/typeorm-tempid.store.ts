import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { TempIDConfigurationError } from '../../errors.js';
import {
  type AsyncStoreOptions,
  type ConsumeResult,
  TempIDStore,
  type TempIDStoreRegistration,
} from '../tempid-store.js';
import type { Database } from './databases/database.js';
import { DATABASES } from './databases/index.js';
import { TempIDUse } from './tempid-use.entity.js';

export interface TypeOrmTempIDStoreOptions {
  /** The name of a connection of `TypeOrmModule`, or a DataSource that the application owns. Default: the unnamed one. */
  dataSource?: string | DataSource;
}

const DATA_SOURCE = Symbol('TEMPID_DATA_SOURCE');
const PURGE_BATCH = 1_000;

/**
 * Counts in the table `tempid_uses` of a TypeORM connection: SQLite (better-sqlite3) or PostgreSQL. One use
 * is one statement. With `autoLoadEntities` the entity {@link TempIDUse} comes along by itself.
 */
@Injectable()
export class TypeOrmTempIDStore extends TempIDStore implements OnModuleInit {
  private opened: Database | undefined;

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
  static registerAsync({
    imports = [],
    inject = [],
    useFactory,
  }: AsyncStoreOptions<{ dataSource: DataSource }>): TempIDStoreRegistration {
    const factory = async (...dependencies: unknown[]) =>
      (await useFactory(...dependencies)).dataSource;
    return {
      store: this,
      imports,
      providers: [{ provide: DATA_SOURCE, inject: [...inject], useFactory: factory }],
    };
  }

  /** @throws {@link TempIDConfigurationError} where the connection's driver is not one of those supported */
  onModuleInit(): void {
    this.opened ??= open(this.dataSource);
  }

  override async consume(id: string, maxUses: number, keepUntil: Date): Promise<ConsumeResult> {
    const { statements } = this.database;
    const [row] = await this.database.run(statements.consume, [id, maxUses, toSeconds(keepUntil)]);
    if (row?.allowed) return { allowed: true, used: Number(row.count) };
    // Refused, and decided: what is read now only tells a spent token from a revoked one.
    const used = row ? Number(row.count) : await this.used(id);
    return { allowed: false, used: Math.max(used, maxUses) };
  }

  override async used(id: string): Promise<number> {
    const [row] = await this.database.run(this.database.statements.used, [id]);
    return Number(row?.count ?? 0);
  }

  override async refund(id: string): Promise<void> {
    await this.database.run(this.database.statements.refund, [id]);
  }

  override async revoke(id: string, keepUntil: Date): Promise<void> {
    await this.database.run(this.database.statements.revoke, [id, toSeconds(keepUntil)]);
  }

  override async purgeExpired(now: Date): Promise<number> {
    const { statements } = this.database;
    return (await this.database.run(statements.purge, [toSeconds(now), PURGE_BATCH])).length;
  }

  private get database(): Database {
    return (this.opened ??= open(this.dataSource));
  }
}

function open(dataSource: DataSource): Database {
  const { type } = dataSource.options;
  const factory = DATABASES.get(type);
  if (!factory) {
    throw new TempIDConfigurationError(
      `TypeOrmTempIDStore does not know the driver '${type}'; it knows ${[...DATABASES.keys()].join(', ')}.`,
    );
  }
  return factory(dataSource, tableOf(dataSource));
}

/** The quoted name of the table, with the schema and the prefix that the connection gives it. */
function tableOf(dataSource: DataSource): string {
  const path = dataSource.hasMetadata(TempIDUse)
    ? dataSource.getMetadata(TempIDUse).tablePath
    : 'tempid_uses';
  return path
    .split('.')
    .map((name) => dataSource.driver.escape(name))
    .join('.');
}

function toSeconds(moment: Date): number {
  return Math.ceil(moment.getTime() / 1_000);
}

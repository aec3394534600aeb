import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { TempIDConfigurationError } from '../../common/errors.js';
import { registrationByFactory } from '../registration-by-factory.js';
import { consumeBeside } from '../consume-beside.js';
import { outageOf } from '../store-outage.js';
import {
  type AsyncStoreOptions,
  type ConsumeOptions,
  type ConsumeResult,
  type ScopeRevocation,
  type Issuance,
  REVOKED_COUNT,
  TempIDStore,
  type TempIDStoreRegistration,
} from '../tempid-store.js';
import {
  type OpenedOptions,
  OPTIONS,
  registrationOf,
  type TypeOrmTempIDStoreOptions,
} from './registration.js';
import type { Database } from './databases/database.js';
import { checkTables } from './check-tables.js';
import { StoredTables } from './stored-tables.js';
import { ANSWERS, REVOCATIONS, USES } from './tables.js';

declare module '../tempid-store.js' {
  interface ConsumeOptions {
    /**
     * The manager of an open transaction of the store's connection, as `dataSource.transaction` gives it: the
     * use is spent when that commits, and is not when it rolls back. Until then other uses of the token wait.
     */
    readonly manager?: EntityManager;
  }
}

const PURGE_BATCH = 1_000;
const WITH_REVOCATIONS = [USES, REVOCATIONS];
const WITHOUT_REVOCATIONS =
  `To revoke all tokens of a subject or a purpose, TypeOrmTempIDStore needs a table of its own: give it ` +
  `'revocations: true', as in TypeOrmTempIDStore.register({ revocations: true }), and make the table ` +
  `${REVOCATIONS.name} by the migration ${REVOCATIONS.migration} or by 'synchronize'.`;

/**
 * Counts in the table `tempid_uses` of a TypeORM connection: SQLite (better-sqlite3), PostgreSQL, CockroachDB,
 * MySQL or MariaDB. One use is one statement, by itself or in a transaction of the application. With
 * `autoLoadEntities` the entity `TempIDUse` comes along by itself.
 */
@Injectable()
export class TypeOrmTempIDStore extends TempIDStore implements OnModuleInit {
  override readonly useOptions = ['manager'] as const;
  private readonly dataSource: DataSource;
  private readonly keepsAnswers: boolean;
  private readonly keepsRevocations: boolean;
  private opened: StoredTables | undefined;

  constructor(
    @Inject(OPTIONS) { dataSource, answers = false, revocations = false }: OpenedOptions,
  ) {
    super();
    this.dataSource = dataSource;
    this.keepsAnswers = answers;
    this.keepsRevocations = revocations;
  }

  /** The store on another connection than the unnamed one, or with tables beside that of the counts. */
  static override register(
    ...options: [options?: TypeOrmTempIDStoreOptions]
  ): TempIDStoreRegistration {
    return registrationOf(this, options);
  }

  /** The store on a DataSource that a factory makes or is given. Its entities are the application's to list. */
  static registerAsync(options: AsyncStoreOptions<OpenedOptions>): TempIDStoreRegistration {
    return registrationByFactory(this, OPTIONS, options);
  }

  /**
   * Says in one line each where a table is missing or is not as ours, and where the server's clock is not ours;
   * the application starts all the same, since a migration may still come.
   *
   * @throws {@link TempIDConfigurationError} where the connection's driver is not one of those supported
   */
  async onModuleInit(): Promise<void> {
    const { tables } = this;
    if (!this.dataSource.isInitialized) return;
    const definitions = [
      USES,
      ...(this.keepsAnswers ? [ANSWERS] : []),
      ...(this.keepsRevocations ? [REVOCATIONS] : []),
    ];
    await checkTables(tables, definitions, outageOf(this));
  }

  override async consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options: ConsumeOptions = {},
  ): Promise<ConsumeResult> {
    const database = await this.tables.database(options);
    const spend = this.spend(id, maxUses, keepUntil, options);
    if (!this.issuanceIn(options) || !database.consumesBlindly) return spend;
    const look = spend.then(async () => (await this.used(id, options)) >= REVOKED_COUNT);
    // The look may have taken all the time that there was.
    const { deadline: _, ...inTime } = options;
    return consumeBeside(look, spend, () => this.refund(id, inTime));
  }

  override async used(id: string, options: ConsumeOptions = {}): Promise<number> {
    const issuance = this.issuanceIn(options);
    const { rows } = await this.tables.run(
      (database) => database.used(id, issuance),
      options,
      issuance && WITH_REVOCATIONS,
    );
    return Number(rows[0]?.count);
  }

  override async refund(id: string, options?: ConsumeOptions): Promise<void> {
    await this.tables.run((database) => database.refund(id), options);
  }

  override async revoke(id: string, keepUntil: Date, options?: ConsumeOptions): Promise<void> {
    await this.tables.run((database) => database.revoke(id, toSeconds(keepUntil)), options);
  }

  /** @throws {@link TempIDConfigurationError} unless the store was given `revocations: true` */
  override async revokeScope(
    scope: string,
    revocation: ScopeRevocation,
    keepUntil: Date,
    options?: ConsumeOptions,
  ): Promise<void> {
    if (!this.keepsRevocations) throw new TempIDConfigurationError(WITHOUT_REVOCATIONS);
    const seconds = toSeconds(keepUntil);
    await this.tables.run((database) => database.revokeScope(scope, revocation, seconds), options, [
      REVOCATIONS,
    ]);
  }

  override async remember(
    id: string,
    value: Uint8Array,
    until: Date,
    options?: ConsumeOptions,
  ): Promise<void> {
    if (!this.keepsAnswers) return super.remember(id, value, until, options);
    const text = Buffer.from(value).toString('base64');
    await this.tables.run((database) => database.remember(id, text, until.getTime()), options, [
      ANSWERS,
    ]);
  }

  override async recall(id: string, options?: ConsumeOptions): Promise<Uint8Array | null> {
    if (!this.keepsAnswers) return super.recall(id, options);
    const { rows } = await this.tables.run((database) => database.recall(id, Date.now()), options, [
      ANSWERS,
    ]);
    const [row] = rows;
    return row ? Buffer.from(String(row.value), 'base64') : null;
  }

  override async purgeExpired(now: Date, options?: ConsumeOptions): Promise<number> {
    const { tables } = this;
    const seconds = toSeconds(now);
    const counts = await tables.run((database) => database.purge(seconds, PURGE_BATCH), options);
    let purged = counts.affected;
    if (this.keepsAnswers) {
      const purge = (database: Database) => database.purgeAnswers(now.getTime(), PURGE_BATCH);
      purged += (await tables.run(purge, options, [ANSWERS])).affected;
    }
    if (this.keepsRevocations) {
      const purge = (database: Database) => database.purgeRevocations(seconds, PURGE_BATCH);
      purged += (await tables.run(purge, options, [REVOCATIONS])).affected;
    }
    return purged;
  }

  /** One use, if the statement that counts allows it. */
  private async spend(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options: ConsumeOptions,
  ): Promise<ConsumeResult> {
    const { tables } = this;
    const issuance = this.issuanceIn(options);
    const database = await tables.database(options);
    const outcome = await tables.run(
      (_database, patience) =>
        database.consume(id, maxUses, toSeconds(keepUntil), patience, issuance),
      options,
      issuance && WITH_REVOCATIONS,
    );
    const result = database.readConsumed(outcome);
    if (result?.allowed) return result;
    // Refused, and decided: what is read now only tells a spent token from a revoked one.
    const used = result?.used ?? (await this.used(id, options));
    return { allowed: false, used: Math.max(used, maxUses) };
  }

  /** When the token was issued and its scopes, where one of them may have been revoked. */
  private issuanceIn({ issuance }: ConsumeOptions): Issuance | undefined {
    return this.keepsRevocations && issuance && issuance.scopes.length > 0 ? issuance : undefined;
  }

  private get tables(): StoredTables {
    return (this.opened ??= new StoredTables(this.dataSource));
  }
}

function toSeconds(moment: Date): number {
  return Math.ceil(moment.getTime() / 1_000);
}

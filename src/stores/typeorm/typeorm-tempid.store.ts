import { createHash } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { TempIDConfigurationError } from '../../common/errors.js';
import type { CountChanges } from '../count-changes.js';
import {
  consumeBeside,
  type ScopeRevocation,
  type ScopeRevocations,
} from '../scope-revocations.js';
import { outageOf } from '../store-outage.js';
import {
  type AsyncStoreOptions,
  type ConsumeOptions,
  type ConsumeResult,
  type Issuance,
  registrationByFactory,
  REVOKED_COUNT,
  TempIDStore,
  type TempIDStoreRegistration,
} from '../tempid-store.js';
import type { UsedBy, UsedByStore } from '../used-by.js';
import { checkTables } from './check-tables.js';
import {
  type OpenedOptions,
  OPTIONS,
  registrationOf,
  type TypeOrmTempIDStoreOptions,
} from './options.js';
import { StoredTables } from './stored-tables.js';
import type { TableDefinition } from './table-definition.js';
import { REVOCATIONS, USED_BY, USES } from './tables.js';
import { usedOf } from './used-of.js';
import { OnePerProcess } from '../../common/one-per-process.js';

const MAX_BATCH = 1_000;
const WITH_USERS = [USES, USED_BY];

/**
 * Counts in the table `tempid_uses` of a TypeORM connection: SQLite (better-sqlite3), PostgreSQL, MySQL or MariaDB.
 * One use is one statement, or with `by` one transaction, by itself or in a transaction of the application. With `autoLoadEntities` the entity
 * `TempIDUse` comes along by itself.
 */
@OnePerProcess('TypeOrmTempIDStore')
@Injectable()
export class TypeOrmTempIDStore
  extends TempIDStore
  implements ScopeRevocations, UsedByStore, CountChanges, OnModuleInit
{
  override readonly useOptions = ['manager'] as const;
  private readonly dataSource: DataSource;
  private readonly keepsRevocations: boolean;
  private readonly keepsUsers: boolean;
  private opened: StoredTables | undefined;

  constructor(@Inject(OPTIONS) { dataSource, revocations = false, usedBy = false }: OpenedOptions) {
    super();
    this.dataSource = dataSource;
    this.keepsRevocations = revocations;
    this.keepsUsers = usedBy;
  }

  /** The store on another connection than the unnamed one, or with tables beside that of the counts. */
  static override register(
    ...options: [options?: TypeOrmTempIDStoreOptions]
  ): TempIDStoreRegistration {
    return registrationOf(this, options);
  }

  /** The store on the DataSource that a factory returns. Its entities are the application's to list. */
  static registerAsync(options: AsyncStoreOptions<OpenedOptions>): TempIDStoreRegistration {
    return registrationByFactory(this, OPTIONS, options);
  }

  /**
   * Logs one line where a table is missing or differs from ours, and where the server's clock differs. The
   * application starts all the same, since a migration may still come.
   *
   * @throws TempIDConfigurationError where the connection's driver is not one of those supported
   */
  async onModuleInit(): Promise<void> {
    const { tables } = this;
    if (!this.dataSource.isInitialized) return;
    const definitions = [
      USES,
      ...(this.keepsRevocations ? [REVOCATIONS] : []),
      ...(this.keepsUsers ? [USED_BY] : []),
    ];
    await checkTables(tables, definitions, outageOf(this));
  }

  override async consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options: ConsumeOptions = {},
  ): Promise<ConsumeResult> {
    if (options.by !== undefined) return this.consumeBy(id, maxUses, keepUntil, options);
    const { consumesBlindly } = await this.tables.database(options);
    const consume = this.consumeOnce(id, maxUses, keepUntil, options);
    const issuance = this.issuanceIn(options);
    if (!issuance || !consumesBlindly) return consume;
    // Not at the count: where the token has ended since, as by a renewal, this use came before.
    const look = consume.then(async () => {
      const { rows } = await this.tables.run((database) => database.endOf(id, issuance), options, [
        REVOCATIONS,
      ]);
      return rows.length > 0;
    });
    // The look may have taken all the time that there was.
    const { deadline: _, ...inTime } = options;
    return consumeBeside(look, consume, () => this.refund(id, inTime));
  }

  override async used(id: string, options: ConsumeOptions = {}): Promise<number> {
    const issuance = this.issuanceIn(options);
    const tables = issuance && [USES, REVOCATIONS];
    const { rows } = await this.tables.run(
      (database) => database.used(id, issuance),
      options,
      tables,
    );
    return Number(rows[0]?.count);
  }

  override async usedOf(
    ids: readonly string[],
    { issuances = [], ...options }: Parameters<TempIDStore['usedOf']>[1] = {},
  ): Promise<readonly number[]> {
    const theirs = issuances.map((issuance) => issuance && this.issuanceIn({ issuance }));
    return usedOf(this.tables, ids, theirs, options);
  }

  override async refund(id: string, options: ConsumeOptions = {}): Promise<void> {
    const { by } = options;
    if (by === undefined)
      return void (await this.tables.run((database) => database.refund(id), options));
    this.assertKeepsUsers();
    await this.tables.transact(
      (database) => database.refundBy(id, hashOf(by)),
      options,
      WITH_USERS,
    );
  }

  /** @throws TempIDConfigurationError unless the store has the option `usedBy: true` */
  async usedBy(
    id: string,
    { limit, after }: Parameters<UsedByStore['usedBy']>[1],
    options?: ConsumeOptions,
  ): Promise<readonly UsedBy[]> {
    this.assertKeepsUsers();
    const last = after && { at: after.at.getTime(), byHash: hashOf(after.by) };
    const { rows } = await this.tables.run(
      (database) => database.usedBy(id, limit, last),
      options,
      WITH_USERS,
    );
    return Array.from(rows, ({ used_by: by, used_at: at }) => ({
      by: by ?? '',
      at: new Date(Number(at)),
    }));
  }

  async prolong(id: string, keepUntil: Date, options?: ConsumeOptions): Promise<void> {
    await this.tables.transact(
      (database) => database.prolong(id, toSeconds(keepUntil), this.keepsUsers),
      options,
      WITH_USERS,
    );
  }

  async revokeIfUsed(
    id: string,
    used: number,
    keepUntil: Date,
    options?: ConsumeOptions,
  ): Promise<boolean> {
    if (used >= REVOKED_COUNT) return false;
    const database = await this.tables.database(options);
    const seconds = toSeconds(keepUntil);
    return database.hasRevoked(
      await this.tables.run(() => database.revokeIfUsed(id, used, seconds), options),
    );
  }

  override async revoke(id: string, keepUntil: Date, options?: ConsumeOptions): Promise<void> {
    await this.tables.run((database) => database.revoke(id, toSeconds(keepUntil)), options);
  }

  /** @throws TempIDConfigurationError unless the store has the option `revocations: true` */
  async revokeScope(
    scope: string,
    revocation: ScopeRevocation,
    keepUntil: Date,
    options?: ConsumeOptions,
  ): Promise<void> {
    if (!this.keepsRevocations) {
      throw withoutTable(
        'To revoke all tokens of a subject or a purpose',
        'revocations',
        REVOCATIONS,
      );
    }
    const seconds = toSeconds(keepUntil);
    await this.tables.run((database) => database.revokeScope(scope, revocation, seconds), options, [
      REVOCATIONS,
    ]);
  }

  override async purgeExpired(now: Date, options?: ConsumeOptions): Promise<number> {
    const purge = async (table: typeof USES) => {
      const { affected } = await this.tables.run(
        (database) => database.purge(table, toSeconds(now), MAX_BATCH),
        options,
        [table],
      );
      return affected;
    };
    let purged = await purge(USES);
    if (this.keepsRevocations) purged += await purge(REVOCATIONS);
    if (this.keepsUsers) purged += await purge(USED_BY);
    return purged;
  }

  private async consumeBy(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options: ConsumeOptions,
  ): Promise<ConsumeResult> {
    this.assertKeepsUsers();
    const { by = '', repeat = 0 } = options;
    const issuance = this.issuanceIn(options);
    const use = {
      id,
      maxUses,
      keepUntil: toSeconds(keepUntil),
      by,
      byHash: hashOf(by),
      repeat,
      issuance,
    };
    return this.tables.transact(
      (database, lockTimeout) => database.consumeBy({ ...use, at: Date.now(), lockTimeout }),
      options,
      issuance ? [...WITH_USERS, REVOCATIONS] : WITH_USERS,
    );
  }

  /** @throws TempIDConfigurationError unless the store has the option `usedBy: true` */
  assertKeepsUsers(): void {
    if (!this.keepsUsers)
      throw withoutTable(`To keep by whom a token was used ('by')`, 'usedBy', USED_BY);
  }

  private async consumeOnce(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options: ConsumeOptions,
  ): Promise<ConsumeResult> {
    const issuance = this.issuanceIn(options);
    const database = await this.tables.database(options);
    const outcome = await this.tables.run(
      (_, lockTimeout) =>
        database.consume(id, maxUses, toSeconds(keepUntil), lockTimeout, issuance),
      options,
      issuance && [USES, REVOCATIONS],
    );
    const result = database.readConsumed(outcome);
    if (result?.allowed) return result;
    // The use is refused; this count only tells a spent token from a revoked one.
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

/** @param purpose what the table is for */
function withoutTable(
  purpose: string,
  option: string,
  { name, migration }: TableDefinition,
): Error {
  return new TempIDConfigurationError(
    `${purpose}, TypeOrmTempIDStore needs a table of its own: give it '${option}: true', as in ` +
      `TypeOrmTempIDStore.register({ ${option}: true }), and make the table ${name} by the migration ` +
      `${migration} or by 'synchronize'.`,
  );
}

/** Two are the same by their bytes, whatever the database takes for equal. */
function hashOf(by: string): string {
  return createHash('sha256').update(by).digest('base64url');
}

function toSeconds(moment: Date): number {
  return Math.ceil(moment.getTime() / 1_000);
}

import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
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
  TempIDStore,
  type TempIDStoreRegistration,
} from '../tempid-store.js';
import type { UsedBy, UsedByStore } from '../used-by.js';
import { Calls } from './calls.js';
import { type Connection, ExternalConnection } from './connection.js';
import { Counting } from './counting.js';
import { isCluster } from './ioredis-internals.js';
import { KeyNames } from './key-names.js';
import { ManagedConnection } from './managed-connection.js';
import { type RedisTempIDStoreOptions, resolveRedisOptions } from './options.js';
import { findingsOf } from './server-findings.js';
import { OnePerProcess } from '../../common/one-per-process.js';

const OPTIONS = Symbol('TEMPID_REDIS_OPTIONS');

/**
 * Counts in Redis or Valkey, alone, with Sentinels or as a Cluster: a plain integer at `tempid:<id>` that the
 * server itself forgets. One use is one script call. For several processes and machines.
 *
 * @example
 * RedisTempIDStore.register({ url: 'redis://127.0.0.1:6379' })
 * RedisTempIDStore.register({ redis: { sentinels: [{ host: '10.0.0.1', port: 26379 }], name: 'main' }, waitReplicas: 1 })
 * RedisTempIDStore.register({ cluster: { nodes: [{ host: '10.0.0.1', port: 6379 }] } })
 * RedisTempIDStore.register({ client })
 */
@OnePerProcess('RedisTempIDStore')
@Injectable()
export class RedisTempIDStore
  extends TempIDStore
  implements ScopeRevocations, UsedByStore, CountChanges, OnModuleInit, OnApplicationShutdown
{
  private readonly connection: Connection;
  private readonly counting: Counting;
  private readonly calls: Calls;
  /** The server is one of a Cluster, though the client does not know it. */
  private isSpread = false;

  /** @throws TempIDConfigurationError for an option that is wrong */
  constructor(@Inject(OPTIONS) options: RedisTempIDStoreOptions) {
    super();
    const { server, keyPrefix, waitReplicas } = resolveRedisOptions(options);
    this.connection = server.client
      ? new ExternalConnection(server.client)
      : new ManagedConnection(server, outageOf(this));
    this.counting = new Counting(this.connection, waitReplicas);
    this.calls = new Calls(new KeyNames(keyPrefix, this.connection.client.options?.keyPrefix));
  }

  /** The store on a server, `{ url }`, `{ redis }` or `{ cluster }`, or on a client of the application, `{ client }`. */
  static override register(options?: RedisTempIDStoreOptions): TempIDStoreRegistration {
    if (!options) {
      throw new TempIDConfigurationError(
        `RedisTempIDStore must know its server: store: RedisTempIDStore.register({ url: 'redis://…' }), ` +
          `or { redis }, { cluster } or { client }.`,
      );
    }
    return { store: this, providers: [{ provide: OPTIONS, useValue: options }] };
  }

  /** As {@link register}, with options that a factory makes. */
  static registerAsync(
    options: AsyncStoreOptions<RedisTempIDStoreOptions>,
  ): TempIDStoreRegistration {
    return registrationByFactory(this, OPTIONS, options);
  }

  /**
   * Connects. The application starts all the same while the server is away; uses fail until it is there. What is
   * wrong with its clock or its settings is logged once, when it is reached.
   */
  onModuleInit(): void {
    const { client } = this.connection;
    if (client.status === 'ready') void this.logFindings();
    else client.once('ready', () => void this.logFindings());
    this.connection.open();
  }

  override async consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options: ConsumeOptions = {},
  ): Promise<ConsumeResult> {
    const { issuance } = options;
    const consume = (together?: Issuance) =>
      this.counting.consume(this.calls.consume(id, maxUses, keepUntil, options, together), options);
    if (!issuance?.scopes.length) return consume();
    const isEnded = async () => {
      const looks = this.calls.readScopes(id, options, issuance);
      return (await this.counting.read([looks]))[0] !== 0;
    };
    return this.together(
      () => consume(issuance),
      () => consumeBeside(isEnded(), consume(), () => this.refund(id, options), options),
    );
  }

  override async used(id: string, { issuance, ...options }: ConsumeOptions = {}): Promise<number> {
    const [used = Number.NaN] = await this.usedOf([id], { ...options, issuances: [issuance] });
    return used;
  }

  override async usedOf(
    ids: readonly string[],
    { issuances = [], ...options }: Parameters<TempIDStore['usedOf']>[1] = {},
  ): Promise<readonly number[]> {
    const { calls, counting } = this;
    const together = () => ids.map((id, index) => [calls.readCount(id, options, issuances[index])]);
    const beside = () =>
      ids.map((id, index) => [
        calls.readCount(id, options),
        ...calls.readScopes(id, options, issuances[index]),
      ]);
    return this.together(
      () => counting.read(together()),
      () => counting.read(beside()),
    );
  }

  /** Waits for no replica: a refund that is lost leaves a use spent. */
  override async refund(id: string, options: ConsumeOptions = {}): Promise<void> {
    await this.counting.run(this.calls.refund(id, options));
  }

  override async revoke(id: string, keepUntil: Date, options: ConsumeOptions = {}): Promise<void> {
    await this.counting.write(this.calls.revoke(id, keepUntil, options), 'the token is revoked');
  }

  usedBy(
    id: string,
    page: Parameters<UsedByStore['usedBy']>[1],
    options: ConsumeOptions = {},
  ): Promise<UsedBy[]> {
    return this.counting.readUsers(this.calls.readUsers(id, page, options));
  }

  async prolong(id: string, keepUntil: Date, options: ConsumeOptions = {}): Promise<void> {
    await this.counting.write(this.calls.prolong(id, keepUntil, options), 'the count is prolonged');
  }

  async revokeIfUsed(
    id: string,
    used: number,
    keepUntil: Date,
    options: ConsumeOptions = {},
  ): Promise<boolean> {
    const call = this.calls.revokeIfUsed(id, used, keepUntil, options);
    return (await this.counting.consume(call, {}, 'the token is revoked')).allowed;
  }

  async revokeScope(
    scope: string,
    revocation: ScopeRevocation,
    keepUntil: Date,
    options: ConsumeOptions = {},
  ): Promise<void> {
    const call = this.calls.revokeScope(scope, revocation, keepUntil, options);
    await this.counting.write(call, 'the scope is revoked');
  }

  /** Nothing to do: Redis forgets a count when its time has come. */
  override async purgeExpired(): Promise<number> {
    return 0;
  }

  /** Closes the connections that this store opened, and no others. */
  onApplicationShutdown(): void {
    this.connection.close();
  }

  private async logFindings(): Promise<void> {
    const logger = new Logger('RedisTempIDStore');
    for (const finding of await findingsOf(this.connection.client)) logger.warn(finding);
  }

  /**
   * Asks about a count and its scopes in one script, where they are on one server. A server of a Cluster that is
   * asked by a client of one server says that they are not, and has done nothing then.
   */
  private async together<R>(inOne: () => Promise<R>, beside: () => Promise<R>): Promise<R> {
    if (this.isSpread || isCluster(this.connection.client)) return beside();
    try {
      return await inOne();
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('CROSSSLOT'))) throw error;
      this.isSpread = true;
      return beside();
    }
  }
}

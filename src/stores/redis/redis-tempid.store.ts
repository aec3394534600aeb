import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
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
import { isCluster } from './client.js';
import { type Connection, ExternalConnection } from './connection.js';
import { Counting } from './counting.js';
import { isCrossSlot } from './failure.js';
import {
  CONSUME_UNLESS_ENDED,
  IS_ENDED,
  READ_UNLESS_ENDED,
  REVOKE_SCOPE,
} from './scope-scripts.js';
import { type RedisTempIDStoreOptions, resolveRedisOptions } from './options.js';
import { ManagedConnection } from './managed-connection.js';
import { ScriptCalls } from './script-calls.js';
import { CONSUME, READ, REFUND, REMEMBER, REVOKE } from './scripts.js';
import { findingsOf } from './server-check.js';

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
@Injectable()
export class RedisTempIDStore extends TempIDStore implements OnModuleInit, OnApplicationShutdown {
  private readonly calls: ScriptCalls;
  private readonly connection: Connection;
  private readonly counting: Counting;
  /** The server is one of a Cluster, though the client does not know it. */
  private isSpread = false;

  /** @throws {@link TempIDConfigurationError} for an option that is wrong */
  constructor(@Inject(OPTIONS) options: RedisTempIDStoreOptions) {
    super();
    const { server, keyPrefix, waitReplicas } = resolveRedisOptions(options);
    this.calls = new ScriptCalls(keyPrefix);
    this.connection = server.client
      ? new ExternalConnection(server.client)
      : new ManagedConnection(server, outageOf(this));
    this.counting = new Counting(this.connection, waitReplicas);
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
   * wrong with its clock or its settings is told once, when it is reached.
   */
  onModuleInit(): void {
    const { client } = this.connection;
    if (client.status === 'ready') void this.tellFindings();
    else client.once('ready', () => void this.tellFindings());
    this.connection.open();
  }

  override async consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options?: ConsumeOptions,
  ): Promise<ConsumeResult> {
    const { calls, counting } = this;
    const args = [maxUses, timeUntil(keepUntil)];
    const issuance = options?.issuance;
    if (!issuance?.scopes.length) return counting.spend(calls.onCount(CONSUME, id, args, options));
    return this.together(
      () =>
        counting.spend(calls.onCountAndGroups(CONSUME_UNLESS_ENDED, id, args, issuance, options)),
      () =>
        consumeBeside(
          this.isEnded(id, issuance, options),
          counting.spend(calls.onCount(CONSUME, id, args, options)),
          () => this.refund(id, options),
        ),
    );
  }

  override async used(id: string, options?: ConsumeOptions): Promise<number> {
    const { calls, counting } = this;
    const issuance = options?.issuance;
    if (!issuance?.scopes.length) return counting.count(calls.onCount(READ, id, [], options));
    return this.together(
      () => counting.count(calls.onCountAndGroups(READ_UNLESS_ENDED, id, [], issuance, options)),
      async () => {
        const [isEnded, used] = await Promise.all([
          this.isEnded(id, issuance, options),
          counting.count(calls.onCount(READ, id, [], options)),
        ]);
        return isEnded ? REVOKED_COUNT : used;
      },
    );
  }

  /** Waits for no replica: a refund that is lost leaves a use spent. */
  override async refund(id: string, options?: ConsumeOptions): Promise<void> {
    await this.counting.run(this.calls.onCount(REFUND, id, [], options));
  }

  override async revoke(id: string, keepUntil: Date, options?: ConsumeOptions): Promise<void> {
    const call = this.calls.onCount(REVOKE, id, [timeUntil(keepUntil)], options);
    await this.counting.write(call, 'the token is revoked');
  }

  override async revokeScope(
    scope: string,
    { issuedUntil, except }: ScopeRevocation,
    keepUntil: Date,
    options?: ConsumeOptions,
  ): Promise<void> {
    const revocation = except === null ? issuedUntil : `${issuedUntil}:${except}`;
    const args = [revocation, timeUntil(keepUntil)];
    const call = this.calls.onScope(REVOKE_SCOPE, scope, args, options);
    await this.counting.write(call, 'the scope is revoked');
  }

  /** Waits for no replica: without the answer a second click is refused. */
  override async remember(
    id: string,
    value: Uint8Array,
    until: Date,
    options?: ConsumeOptions,
  ): Promise<void> {
    const text = Buffer.from(value).toString('base64');
    const args = [text, timeUntil(until)];
    await this.counting.run(this.calls.onAnswer(REMEMBER, id, args, options));
  }

  override async recall(id: string, options?: ConsumeOptions): Promise<Uint8Array | null> {
    const text = await this.counting.run(this.calls.onAnswer(READ, id, [], options));
    return typeof text === 'string' ? Buffer.from(text, 'base64') : null;
  }

  /** Nothing to do: Redis forgets a count when its time has come. */
  override async purgeExpired(): Promise<number> {
    return 0;
  }

  /** Closes the connections that this store opened, and no others. */
  onApplicationShutdown(): void {
    this.connection.close();
  }

  private async tellFindings(): Promise<void> {
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
      if (!isCrossSlot(error)) throw error;
      this.isSpread = true;
      return beside();
    }
  }

  /** In a Cluster, where any of the scopes may be on another server than the count. */
  private async isEnded(
    id: string,
    { at, scopes }: Issuance,
    options?: ConsumeOptions,
  ): Promise<boolean> {
    const answers = scopes.map((scope) =>
      this.counting.isTrue(this.calls.onScope(IS_ENDED, scope, [at, id], options)),
    );
    return (await Promise.all(answers)).includes(true);
  }
}

/** Milliseconds. The server is told how long to keep something, since its clock may say another time than ours. */
function timeUntil(moment: Date): number {
  return moment.getTime() - Date.now();
}

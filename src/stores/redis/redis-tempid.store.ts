import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { TempIDConfigurationError } from '../../common/errors.js';
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
import { type Connection, ExternalConnection } from './connection.js';
import { Counting } from './counting.js';
import { isCluster } from './ioredis-internals.js';
import { ManagedConnection } from './managed-connection.js';
import { type RedisTempIDStoreOptions, resolveRedisOptions } from './options.js';
import type { ScriptCall } from './script-runner.js';
import * as scripts from './scripts.js';
import { findingsOf } from './server-findings.js';
import { OnePerProcess } from '../../common/one-per-process.js';

const OPTIONS = Symbol('TEMPID_REDIS_OPTIONS');

/** Before the id in the key of an answer, and of a scope, so that it is nobody's count: no id begins so. */
const ANSWER = 'answer:';
const SCOPE = 'group:';

/** How long a call without a deadline waits for a connection, and for replicas. */
const DEFAULT_TIMEOUT_MS = 1_150;

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
  implements ScopeRevocations, OnModuleInit, OnApplicationShutdown
{
  private readonly keyPrefix: string;
  private readonly connection: Connection;
  private readonly counting: Counting;
  /** The server is one of a Cluster, though the client does not know it. */
  private isSpread = false;

  /** @throws TempIDConfigurationError for an option that is wrong */
  constructor(@Inject(OPTIONS) options: RedisTempIDStoreOptions) {
    super();
    const { server, keyPrefix, waitReplicas } = resolveRedisOptions(options);
    this.keyPrefix = keyPrefix;
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
    options?: ConsumeOptions,
  ): Promise<ConsumeResult> {
    const args = [maxUses, millisecondsUntil(keepUntil)];
    const issuance = options?.issuance;
    const consumeAlone = () =>
      this.counting.consume(this.call(scripts.CONSUME, [id], args, options));
    if (!issuance?.scopes.length) return consumeAlone();
    return this.together(
      () =>
        this.counting.consume(
          this.callWithScopes(scripts.CONSUME_UNLESS_ENDED, id, args, issuance, options),
        ),
      () =>
        consumeBeside(this.isEnded(id, issuance, options), consumeAlone(), () =>
          this.refund(id, options),
        ),
    );
  }

  override async used(id: string, options?: ConsumeOptions): Promise<number> {
    const issuance = options?.issuance;
    const countAlone = () => this.counting.count(this.call(scripts.READ, [id], [], options));
    if (!issuance?.scopes.length) return countAlone();
    return this.together(
      () =>
        this.counting.count(
          this.callWithScopes(scripts.READ_UNLESS_ENDED, id, [], issuance, options),
        ),
      async () => {
        const [isEnded, used] = await Promise.all([
          this.isEnded(id, issuance, options),
          countAlone(),
        ]);
        return isEnded ? REVOKED_COUNT : used;
      },
    );
  }

  /** Waits for no replica: a refund that is lost leaves a use spent. */
  override async refund(id: string, options?: ConsumeOptions): Promise<void> {
    await this.counting.run(this.call(scripts.REFUND, [id], [], options));
  }

  override async revoke(id: string, keepUntil: Date, options?: ConsumeOptions): Promise<void> {
    const call = this.call(scripts.REVOKE, [id], [millisecondsUntil(keepUntil)], options);
    await this.counting.write(call, 'the token is revoked');
  }

  async revokeScope(
    scope: string,
    { issuedUntil, except }: ScopeRevocation,
    keepUntil: Date,
    options?: ConsumeOptions,
  ): Promise<void> {
    const revocation = except === null ? issuedUntil : `${issuedUntil}:${except}`;
    const args = [revocation, millisecondsUntil(keepUntil)];
    await this.counting.write(
      this.call(scripts.REVOKE_SCOPE, [SCOPE + scope], args, options),
      'the scope is revoked',
    );
  }

  /** Waits for no replica: without the answer a second click is refused. */
  async remember(
    id: string,
    value: Uint8Array,
    until: Date,
    options?: ConsumeOptions,
  ): Promise<void> {
    const args = [Buffer.from(value).toString('base64'), millisecondsUntil(until)];
    await this.counting.run(this.call(scripts.REMEMBER, [ANSWER + id], args, options));
  }

  async recall(id: string, options?: ConsumeOptions): Promise<Uint8Array | null> {
    const text = await this.counting.run(this.call(scripts.READ, [ANSWER + id], [], options));
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

  private async logFindings(): Promise<void> {
    const logger = new Logger('RedisTempIDStore');
    for (const finding of await findingsOf(this.connection.client)) logger.warn(finding);
  }

  /** @param names keys without the prefix */
  private call(
    script: scripts.Script,
    [name, ...others]: readonly [string, ...string[]],
    args: readonly (string | number)[],
    { deadline = performance.now() + DEFAULT_TIMEOUT_MS }: ConsumeOptions = {},
  ): ScriptCall {
    const { keyPrefix } = this;
    const keys = [keyPrefix + name, ...others.map((other) => keyPrefix + other)] as const;
    return { script, keys, args: args.map(String), deadline };
  }

  private callWithScopes(
    script: scripts.Script,
    id: string,
    args: readonly number[],
    { at, scopes }: Issuance,
    options?: ConsumeOptions,
  ): ScriptCall {
    const keys = [id, ...scopes.map((scope) => SCOPE + scope)] as const;
    return this.call(script, keys, [...args, at, id], options);
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

  /** In a Cluster, where any of the scopes may be on another server than the count. */
  private async isEnded(
    id: string,
    { at, scopes }: Issuance,
    options?: ConsumeOptions,
  ): Promise<boolean> {
    const look = (scope: string) =>
      this.counting.isTrue(this.call(scripts.IS_ENDED, [SCOPE + scope], [at, id], options));
    return (await Promise.all(scopes.map(look))).includes(true);
  }
}

/** The server gets for how long to keep something, since its clock may differ from ours. */
function millisecondsUntil(moment: Date): number {
  return moment.getTime() - Date.now();
}

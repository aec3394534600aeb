import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { TempIDConfigurationError } from '../../errors.js';
import { registrationByFactory } from '../registration-by-factory.js';
import {
  type AsyncStoreOptions,
  type ConsumeOptions,
  type ConsumeResult,
  TempIDStore,
  type TempIDStoreRegistration,
} from '../tempid-store.js';
import { type Connection, GivenConnection } from './connection.js';
import { type RedisTempIDStoreOptions, resolveRedisOptions } from './options.js';
import { OwnConnection } from './own-connection.js';
import { ReplicatedRunner } from './replicated-runner.js';
import { ScriptRunner } from './script-runner.js';
import {
  CONSUME,
  READ,
  REFUND,
  REMEMBER,
  REVOKE,
  type Script,
  type ScriptCall,
} from './scripts.js';

const OPTIONS = Symbol('TEMPID_REDIS_OPTIONS');

/** Between the prefix and the id in the key of an answer, so that it is nobody's count. */
const ANSWER = 'answer:';

/** For how many milliseconds a call without a deadline waits for a connection, and for replicas. */
const PATIENCE = 1_150;

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
  private readonly keyPrefix: string;
  private readonly connection: Connection;
  private readonly scripts: ScriptRunner;
  private readonly replicated: ReplicatedRunner | undefined;

  /** @throws {@link TempIDConfigurationError} for an option that is wrong */
  constructor(@Inject(OPTIONS) options: RedisTempIDStoreOptions) {
    super();
    const { server, keyPrefix, waitReplicas } = resolveRedisOptions(options);
    this.keyPrefix = keyPrefix;
    this.connection = server.client
      ? new GivenConnection(server.client)
      : new OwnConnection(server);
    this.scripts = new ScriptRunner(this.connection);
    if (waitReplicas > 0) {
      this.replicated = new ReplicatedRunner(this.connection, waitReplicas, this.scripts);
    }
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

  /** Connects. The application starts all the same while the server is away; uses fail until it is there. */
  onModuleInit(): void {
    this.connection.open();
  }

  override async consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options?: ConsumeOptions,
  ): Promise<ConsumeResult> {
    const call = this.call(CONSUME, id, [maxUses, keepUntil.getTime()], options);
    if (!this.replicated) return toResult(await this.scripts.run(call));
    const { answer, shortage } = await this.replicated.run(call);
    const result = toResult(answer);
    // Refusing is safe, whatever becomes of the count.
    if (result.allowed && shortage) throw new Error(`the use is spent, but ${shortage}`);
    return result;
  }

  override async used(id: string, options?: ConsumeOptions): Promise<number> {
    return Number((await this.scripts.run(this.call(READ, id, [], options))) ?? 0);
  }

  /** Waits for no replica: a refund that is lost leaves a use spent. */
  override async refund(id: string, options?: ConsumeOptions): Promise<void> {
    await this.scripts.run(this.call(REFUND, id, [], options));
  }

  override async revoke(id: string, keepUntil: Date, options?: ConsumeOptions): Promise<void> {
    const call = this.call(REVOKE, id, [keepUntil.getTime()], options);
    if (!this.replicated) return void (await this.scripts.run(call));
    const { shortage } = await this.replicated.run(call);
    if (shortage) throw new Error(`the token is revoked, but ${shortage}`);
  }

  /** Waits for no replica: without the answer a second click is refused. */
  override async remember(
    id: string,
    value: Uint8Array,
    until: Date,
    options?: ConsumeOptions,
  ): Promise<void> {
    const text = Buffer.from(value).toString('base64');
    const args = [text, String(until.getTime() - Date.now())];
    await this.scripts.run(this.callFor(REMEMBER, ANSWER + id, args, options));
  }

  override async recall(id: string, options?: ConsumeOptions): Promise<Uint8Array | null> {
    const text = await this.scripts.run(this.callFor(READ, ANSWER + id, [], options));
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

  private call(
    script: Script,
    id: string,
    numbers: readonly number[],
    options?: ConsumeOptions,
  ): ScriptCall {
    return this.callFor(script, id, numbers.map(String), options);
  }

  private callFor(
    script: Script,
    name: string,
    args: ScriptCall['args'],
    { deadline = performance.now() + PATIENCE }: ConsumeOptions = {},
  ): ScriptCall {
    return { script, key: this.keyPrefix + name, args, deadline };
  }
}

/** What {@link CONSUME} answers. */
function toResult(answer: unknown): ConsumeResult {
  if (!Array.isArray(answer)) throw new Error('the server gave no answer to the script');
  return { allowed: Number(answer[0]) === 1, used: Number(answer[1]) };
}

import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { TempIDConfigurationError } from '../../errors.js';
import {
  type AsyncStoreOptions,
  type ConsumeResult,
  TempIDStore,
  type TempIDStoreRegistration,
} from '../tempid-store.js';
import { CONSUME, REFUND, REVOKE, type Script } from './scripts.js';

/** What the store asks of a client: `Redis` and `Cluster` of ioredis 5 and 6 have it. */
export interface RedisClient {
  evalsha(sha1: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
  eval(lua: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
  get(key: string): Promise<string | null>;
}

/** The server by its URL, or a client that the application owns, which the store never closes. */
export type RedisTempIDStoreOptions = {
  /** What comes before the id in a key. Default: 'tempid:', as in the Python package. */
  keyPrefix?: string;
} & ({ url: string; client?: never } | { client: RedisClient; url?: never });

const OPTIONS = Symbol('TEMPID_REDIS_OPTIONS');

/**
 * Counts in Redis: a plain integer at `tempid:<id>` that Redis itself forgets. One use is one script call.
 * For several processes and machines.
 */
@Injectable()
export class RedisTempIDStore extends TempIDStore implements OnApplicationShutdown {
  private readonly client: RedisClient;
  private readonly owned: Redis | undefined;
  private readonly keyPrefix: string;

  constructor(@Inject(OPTIONS) options: RedisTempIDStoreOptions) {
    super();
    this.owned = options.url === undefined ? undefined : connect(options.url);
    this.client = this.owned ?? expectClient(options.client);
    this.keyPrefix = options.keyPrefix ?? 'tempid:';
  }

  /** The store on a server, `{ url }`, or on a client of the application, `{ client }`. */
  static override register(options?: RedisTempIDStoreOptions): TempIDStoreRegistration {
    if (!options) {
      throw new TempIDConfigurationError(
        `RedisTempIDStore must know its server: store: RedisTempIDStore.register({ url: 'redis://…' }), or { client }.`,
      );
    }
    return { store: this, providers: [{ provide: OPTIONS, useValue: options }] };
  }

  /** As {@link register}, with options that a factory makes. */
  static registerAsync({
    imports = [],
    inject = [],
    useFactory,
  }: AsyncStoreOptions<RedisTempIDStoreOptions>): TempIDStoreRegistration {
    return {
      store: this,
      imports,
      providers: [{ provide: OPTIONS, inject: [...inject], useFactory }],
    };
  }

  override async consume(id: string, maxUses: number, keepUntil: Date): Promise<ConsumeResult> {
    const answer = await this.run(CONSUME, id, maxUses, keepUntil.getTime());
    if (!Array.isArray(answer)) throw new Error('the server gave no answer to the script');
    return { allowed: Number(answer[0]) === 1, used: Number(answer[1]) };
  }

  override async used(id: string): Promise<number> {
    return Number((await this.client.get(this.keyPrefix + id)) ?? 0);
  }

  override async refund(id: string): Promise<void> {
    await this.run(REFUND, id);
  }

  override async revoke(id: string, keepUntil: Date): Promise<void> {
    await this.run(REVOKE, id, keepUntil.getTime());
  }

  /** Nothing to do: Redis forgets a count when its time has come. */
  override async purgeExpired(): Promise<number> {
    return 0;
  }

  /** Closes the connection that this store opened, and no other. */
  async onApplicationShutdown(): Promise<void> {
    this.owned?.disconnect();
  }

  /** Runs a script by its digest; a server that has forgotten it did nothing, and is given it whole. */
  private async run(script: Script, id: string, ...numbers: number[]): Promise<unknown> {
    const keysAndArguments = [this.keyPrefix + id, ...numbers.map(String)];
    try {
      return await this.client.evalsha(script.sha1, 1, ...keysAndArguments);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return this.client.eval(script.lua, 1, ...keysAndArguments);
    }
  }
}

/**
 * A use is sent once: a command whose answer was lost is not sent again, since the server may have spent
 * it, and while the server is away a command fails within two seconds instead of waiting in a queue.
 */
function connect(url: string): Redis {
  const client = new Redis(url, {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 2_000,
  });
  const logger = new Logger('RedisTempIDStore');
  let isReported = false;
  client.on('ready', () => {
    isReported = false;
  });
  client.on('error', (error: Error) => {
    if (!isReported) logger.error(`Redis does not answer, and is tried again: ${error.message}`);
    isReported = true;
  });
  return client;
}

function expectClient(client: RedisClient | undefined): RedisClient {
  if (typeof client?.evalsha === 'function') return client;
  throw new TempIDConfigurationError(
    'RedisTempIDStore needs a url, or a client of ioredis (Redis or Cluster).',
  );
}

import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { errorMessage } from '../../common/error-message.js';
import { registrationByFactory } from '../registration-by-factory.js';
import { consumeBeside } from '../consume-beside.js';
import { outageOf } from '../store-outage.js';
import {
  type AsyncStoreOptions,
  type ConsumeOptions,
  type ConsumeResult,
  type ScopeRevocation,
  REVOKED_COUNT,
  TempIDStore,
  type TempIDStoreRegistration,
} from '../tempid-store.js';
import { type Connection, connectionOf } from './connection.js';
import { isAnswer, isDuplicateKey } from './driver.js';
import { ScopesCollection } from './scopes-collection.js';
import { parseOptions, type MongoTempIDStoreOptions } from './options.js';
import { ServerClock } from './server-clock.js';
import { consumeOne } from './consume-one.js';
import { UsesCollection } from './uses-collection.js';

const OPTIONS = Symbol('TEMPID_MONGODB_OPTIONS');

/** Milliseconds, where the caller names no deadline. */
const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Counts in a collection of MongoDB, by the driver `mongodb` 6 or 7. One use is one `findAndModify`, which a
 * majority of the servers has written down before it is allowed. For several processes and machines.
 *
 * A TTL index on `expiresAt` has the server remove what is over.
 */
@Injectable()
export class MongoTempIDStore extends TempIDStore implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('MongoTempIDStore');
  private readonly connection: Connection;
  private readonly uses: UsesCollection;
  private readonly scopes: ScopesCollection;
  private readonly clock: ServerClock;
  private indexing: Promise<void> | undefined;
  private isClosed = false;

  constructor(@Inject(OPTIONS) options: MongoTempIDStoreOptions) {
    super();
    this.connection = connectionOf(parseOptions(options));
    this.uses = new UsesCollection(this.connection);
    this.scopes = new ScopesCollection(this.connection);
    this.clock = new ServerClock(this.connection);
  }

  /** The store on a server, `{ url }`, or on a database that the application has open, `{ db }`. */
  static override register(options?: MongoTempIDStoreOptions): TempIDStoreRegistration {
    return {
      store: this,
      providers: [{ provide: OPTIONS, useValue: parseOptions(options) }],
    };
  }

  /**
   * As {@link register}, with options that a factory makes.
   *
   * @example
   * MongoTempIDStore.registerAsync({
   *   inject: [getConnectionToken()],
   *   useFactory: (mongoose: Connection) => ({ db: mongoose.getClient().db(mongoose.name) }),
   * })
   */
  static registerAsync(
    options: AsyncStoreOptions<MongoTempIDStoreOptions>,
  ): TempIDStoreRegistration {
    return registrationByFactory(this, OPTIONS, options);
  }

  /** Has the index made, and the clocks compared, and waits for neither. */
  onModuleInit(): void {
    // What keeps the server from answering is told as an outage.
    this.clock.compare(patience()).catch(() => undefined);
    this.index().catch((error: unknown) => this.tellOfIndex(error));
  }

  override async consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    { deadline = patience(), issuance }: ConsumeOptions = {},
  ): Promise<ConsumeResult> {
    const expiresAt = await this.clock.at(keepUntil, deadline);
    const spending = consumeOne(this.uses, id, maxUses, expiresAt, deadline);
    if (!issuance?.scopes.length) return spending;
    return consumeBeside(this.scopes.isEnded(id, issuance, deadline), spending, () =>
      this.uses.refund(id, deadline),
    );
  }

  override async used(
    id: string,
    { deadline = patience(), issuance }: ConsumeOptions = {},
  ): Promise<number> {
    const [isEnded, used] = await Promise.all([
      issuance?.scopes.length ? this.scopes.isEnded(id, issuance, deadline) : false,
      this.uses.find(id, deadline),
    ]);
    return isEnded ? REVOKED_COUNT : (used ?? 0);
  }

  override async refund(id: string, { deadline = patience() }: ConsumeOptions = {}): Promise<void> {
    await this.uses.refund(id, deadline);
  }

  override async revoke(
    id: string,
    keepUntil: Date,
    { deadline = patience() }: ConsumeOptions = {},
  ): Promise<void> {
    const expiresAt = await this.clock.at(keepUntil, deadline);
    try {
      await this.uses.revoke(id, expiresAt, deadline);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      await this.uses.revoke(id, expiresAt, deadline);
    }
  }

  override async revokeScope(
    scope: string,
    revocation: ScopeRevocation,
    keepUntil: Date,
    { deadline = patience() }: ConsumeOptions = {},
  ): Promise<void> {
    const expiresAt = await this.clock.at(keepUntil, deadline);
    await this.scopes.revoke(scope, revocation, expiresAt, deadline);
  }

  override async remember(
    id: string,
    value: Uint8Array,
    until: Date,
    { deadline = patience() }: ConsumeOptions = {},
  ): Promise<void> {
    await this.uses.remember(id, value, await this.clock.at(until, deadline), deadline);
  }

  override async recall(
    id: string,
    { deadline = patience() }: ConsumeOptions = {},
  ): Promise<Uint8Array | null> {
    const now = await this.clock.at(new Date(Date.now()), deadline);
    return this.uses.recall(id, now, deadline);
  }

  /**
   * Removes nothing, since MongoDB does it by itself, by an index that is made again where it is missing. The clocks
   * are compared again, too.
   */
  override async purgeExpired(): Promise<number> {
    await this.index();
    await this.clock.compare(patience());
    return 0;
  }

  /** Closes the connections that this store opened, and no others. */
  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    await this.connection.close();
  }

  private tellOfIndex(error: unknown): void {
    if (this.isClosed) return;
    const reason = errorMessage(error);
    // A server that is away is told once, whoever finds it out.
    if (!isAnswer(error)) outageOf(this).lose(reason);
    else
      this.logger.warn(
        `The index that removes old counts was not made; purgeExpired makes it: ${reason}`,
      );
  }

  private index(): Promise<void> {
    this.indexing ??= this.uses.index().finally(() => {
      this.indexing = undefined;
    });
    return this.indexing;
  }
}

function patience(): number {
  return performance.now() + DEFAULT_TIMEOUT_MS;
}

import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { errorMessage } from '../../common/error-message.js';
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
  registrationByFactory,
  REVOKED_COUNT,
  TempIDStore,
  type TempIDStoreRegistration,
} from '../tempid-store.js';
import { pageOf, type UsedBy, type UsedByStore } from '../used-by.js';
import { type Connection, connectionOf } from './connection.js';
import { isAnswer } from './driver.js';
import { type MongoTempIDStoreOptions, parseOptions } from './options.js';
import { ScopesCollection } from './scopes-collection.js';
import { ServerClock } from './server-clock.js';
import { UsesCollection } from './uses-collection.js';
import { OnePerProcess } from '../../common/one-per-process.js';

const OPTIONS = Symbol('TEMPID_MONGODB_OPTIONS');

/** Of a call without a deadline. */
const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Counts in a collection of MongoDB, by the driver `mongodb` 6 or 7. One use is one `findAndModify`, which a
 * majority of the servers has written down before it is allowed. For several processes and machines.
 *
 * A TTL index on `expiresAt` has the server remove what is over.
 *
 * Experimental: it has run against a double of MongoDB only, and not against a real server.
 */
@OnePerProcess('MongoTempIDStore')
@Injectable()
export class MongoTempIDStore
  extends TempIDStore
  implements ScopeRevocations, UsedByStore, CountChanges, OnModuleInit, OnApplicationShutdown
{
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
    // A server that does not answer is reported as an outage.
    this.clock.compare(deadlineOf()).catch(() => undefined);
    this.index().catch((error: unknown) => this.logIndexFailure(error));
  }

  override async consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options: ConsumeOptions = {},
  ): Promise<ConsumeResult> {
    const deadline = deadlineOf(options);
    const { issuance, by } = options;
    const expiresAt = await this.clock.at(keepUntil, deadline);
    const consume = this.uses.consume(id, maxUses, expiresAt, options, deadline);
    if (!issuance?.scopes.length) return consume;
    const look = this.scopes.isEnded(id, issuance, deadline);
    return consumeBeside(look, consume, () => this.uses.refund(id, by, deadline), options);
  }

  override async used(id: string, options: ConsumeOptions = {}): Promise<number> {
    const deadline = deadlineOf(options);
    const { issuance } = options;
    const [isEnded, used] = await Promise.all([
      issuance?.scopes.length ? this.scopes.isEnded(id, issuance, deadline) : false,
      this.uses.find(id, deadline),
    ]);
    return isEnded ? REVOKED_COUNT : (used ?? 0);
  }

  override async refund(id: string, options?: ConsumeOptions): Promise<void> {
    await this.uses.refund(id, options?.by, deadlineOf(options));
  }

  override async revoke(id: string, keepUntil: Date, options?: ConsumeOptions): Promise<void> {
    const deadline = deadlineOf(options);
    await this.uses.revoke(id, await this.clock.at(keepUntil, deadline), deadline);
  }

  async revokeScope(
    scope: string,
    revocation: ScopeRevocation,
    keepUntil: Date,
    options?: ConsumeOptions,
  ): Promise<void> {
    const deadline = deadlineOf(options);
    const expiresAt = await this.clock.at(keepUntil, deadline);
    await this.scopes.revoke(scope, revocation, expiresAt, deadline);
  }

  async usedBy(
    id: string,
    page: Parameters<UsedByStore['usedBy']>[1],
    options?: ConsumeOptions,
  ): Promise<UsedBy[]> {
    return pageOf(await this.uses.findUsers(id, deadlineOf(options)), page);
  }

  async prolong(id: string, keepUntil: Date, options?: ConsumeOptions): Promise<void> {
    const deadline = deadlineOf(options);
    await this.uses.prolong(id, await this.clock.at(keepUntil, deadline), deadline);
  }

  async revokeIfUsed(
    id: string,
    used: number,
    keepUntil: Date,
    options?: ConsumeOptions,
  ): Promise<boolean> {
    const deadline = deadlineOf(options);
    return this.uses.revokeIfUsed(id, used, await this.clock.at(keepUntil, deadline), deadline);
  }

  /**
   * Removes nothing, since MongoDB does it by itself, by an index that is made again where it is missing. The clocks
   * are compared again, too.
   */
  override async purgeExpired(): Promise<number> {
    await this.index();
    await this.clock.compare(deadlineOf());
    return 0;
  }

  /** Closes the connections that this store opened, and no others. */
  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    await this.connection.close();
  }

  private logIndexFailure(error: unknown): void {
    if (this.isClosed) return;
    const reason = errorMessage(error);
    // A server that is away is reported once, whoever finds it out.
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

/** By `performance.now()`. */
function deadlineOf({ deadline }: ConsumeOptions = {}): number {
  return deadline ?? performance.now() + DEFAULT_TIMEOUT_MS;
}

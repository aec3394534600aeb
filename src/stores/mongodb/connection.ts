import { MongoClient, type MongoClientOptions } from 'mongodb';
import { TempIDConfigurationError } from '../../common/errors.js';
import type { MongoCollection, MongoDb } from './driver.js';
import { cutOff } from './mongodb-internals.js';
import type { MongoTempIDStoreOptions } from './options.js';

/** @throws {@link TempIDConfigurationError} where the driver does not take the URL */
export function connectionOf(options: MongoTempIDStoreOptions): Connection {
  const { collection = 'tempid_uses' } = options;
  if (options.url === undefined) return new Connection(options.db, collection);
  return new ManagedConnection(createClient(options.url), options.database, collection);
}

/**
 * A majority has written a use down when it is allowed, so that the server that an election makes the primary
 * has it: an election loses no use, and no revocation. The primary alone knows all of them.
 */
const SAFE = { readPreference: 'primary', writeConcern: { w: 'majority', journal: true } };

/** What the URL may say otherwise. Milliseconds: that no server is there is known within two seconds. */
const DEFAULTS = {
  appName: 'nestjs-tempid',
  serverSelectionTimeoutMS: 2_000,
  connectTimeoutMS: 2_000,
} satisfies MongoClientOptions;

/** In which a server can be told that the application ends. */
const CLOSE_TIMEOUT_MS = 1_000;

/** What ends a statement: the server by itself, and the driver wherever the statement is in its queues. */
interface Limits {
  readonly maxTimeMS?: number;
  /** Read by the driver since mongodb 6.13. What was not sent is not sent any more. */
  readonly signal: AbortSignal;
}

type Statement<R> = (collection: MongoCollection, limits: Limits, db: MongoDb) => Promise<R>;

/**
 * The collection of counts, in a database that the application has open.
 *
 * A statement is over when nobody waits for its answer any longer. If it was sent, the driver closes its connection,
 * since the answer may still come and would be taken for that of the next one. So a server that does not answer holds
 * no connection of the pool.
 */
export class Connection {
  protected readonly running = new Set<AbortController>();
  private readonly collection: MongoCollection;

  constructor(
    private readonly db: MongoDb,
    collection: string,
  ) {
    this.collection = db.collection(collection, SAFE);
  }

  /** @param deadline by `performance.now()`; null for what may take as long as it does */
  async run<R>(deadline: number | null, statement: Statement<R>): Promise<R> {
    const { collection, db } = this;
    const controller = new AbortController();
    const { signal } = controller;
    this.running.add(controller);
    let timer: NodeJS.Timeout | undefined;
    try {
      if (deadline === null) return await statement(collection, { signal }, db);
      const left = deadline - performance.now();
      if (left <= 0) throw new Error('it was not reached in time');
      timer = setTimeout(() => controller.abort(new Error('it did not answer in time')), left);
      return await statement(collection, { signal, maxTimeMS: Math.ceil(left) }, db);
    } finally {
      clearTimeout(timer);
      this.running.delete(controller);
    }
  }

  /** The connection is the application's to close. */
  async close(): Promise<void> {}
}

class ManagedConnection extends Connection {
  private opening: Promise<void> | undefined;
  private isClosed = false;

  constructor(
    private readonly client: MongoClient,
    database: string | undefined,
    collection: string,
  ) {
    super(client.db(database), collection);
  }

  /** A client whose first attempt to connect has failed is of no use until it is told to connect again. */
  override async run<R>(deadline: number | null, statement: Statement<R>): Promise<R> {
    this.opening ??= this.open();
    try {
      await this.opening;
    } catch (error) {
      this.opening = undefined;
      throw error;
    }
    if (this.isClosed) throw closed();
    return super.run(deadline, statement);
  }

  /**
   * Without waiting for answers. The driver would tell the server which of its sessions are over, and connect to
   * a silent one for that again and again, for eight seconds in which the process does not end.
   */
  override async close(): Promise<void> {
    this.isClosed = true;
    for (const controller of this.running) controller.abort(closed());
    const timer = setTimeout(() => cutOff(this.client), CLOSE_TIMEOUT_MS);
    await this.client.close(true);
    clearTimeout(timer);
  }

  private async open(): Promise<void> {
    if (this.isClosed) return;
    await this.client.connect();
    // The driver connects after all to a host that it was still looking up when it was closed.
    if (this.isClosed) await this.client.close(true);
  }
}

function closed(): Error {
  return new Error('its connection was closed with the application');
}

/** The driver's own message may hold the URL, and thereby the password. */
function createClient(url: string): MongoClient {
  const isInUrl = (name: string) => new RegExp(`[?&]${name}=`, 'i').test(url);
  const defaults = Object.entries(DEFAULTS).filter(([name]) => !isInUrl(name));
  try {
    return new MongoClient(url, Object.fromEntries(defaults));
  } catch {
    throw new TempIDConfigurationError(
      `The driver of MongoDB does not take the 'url': it must be such as mongodb://user:password@host:27017/database, ` +
        'with the user and the password percent-encoded, and with options that the driver knows.',
    );
  }
}

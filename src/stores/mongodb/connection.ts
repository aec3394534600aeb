import { MongoClient, type MongoClientOptions } from 'mongodb';
import { TempIDConfigurationError } from '../../common/errors.js';
import { type MongoCollection, type MongoDb, SAFE } from './driver.js';
import type { MongoTempIDStoreOptions } from './options.js';
import { type Limits, Statements } from './statements.js';

/** A way to the collection of counts, and how to leave it. */
export interface Connection {
  /** Makes one statement, as {@link Statements} does. */
  run<R>(deadline: number | null, statement: Statement<R>): Promise<R>;
  close(): Promise<void>;
}

type Statement<R> = (collection: MongoCollection, limits: Limits, db: MongoDb) => Promise<R>;

/** @throws {@link TempIDConfigurationError} where the driver does not take the URL */
export function connectionOf(options: MongoTempIDStoreOptions): Connection {
  const name = options.collection ?? 'tempid_uses';
  if (options.url !== undefined) return new ManagedConnection(options.url, options.database, name);
  return new ExternalConnection(options.db, name);
}

/** What the URL may say otherwise. Milliseconds: that no server is there is known within two seconds. */
const DEFAULTS = {
  appName: 'nestjs-tempid',
  serverSelectionTimeoutMS: 2_000,
  connectTimeoutMS: 2_000,
} satisfies MongoClientOptions;

/** Milliseconds in which a server can be told that the application ends. */
const CLOSE_TIMEOUT_MS = 1_000;

class ExternalConnection implements Connection {
  private readonly collection: MongoCollection;
  private readonly statements = new Statements();

  constructor(
    private readonly db: MongoDb,
    collection: string,
  ) {
    this.collection = collectionOf(db, collection);
  }

  run<R>(deadline: number | null, statement: Statement<R>): Promise<R> {
    return this.statements.run(deadline, (limits) => statement(this.collection, limits, this.db));
  }

  /** It is the application's to close. */
  async close(): Promise<void> {}
}

class ManagedConnection implements Connection {
  private readonly client: MongoClient;
  private readonly db: MongoDb;
  private readonly collection: MongoCollection;
  private readonly statements = new Statements();
  private opening: Promise<void> | undefined;
  private isClosed = false;

  constructor(url: string, database: string | undefined, collection: string) {
    this.client = createClient(url);
    this.db = this.client.db(database);
    this.collection = collectionOf(this.db, collection);
  }

  /** A client whose first attempt to connect has failed is of no use until it is told to connect again. */
  async run<R>(deadline: number | null, statement: Statement<R>): Promise<R> {
    this.opening ??= this.open();
    try {
      await this.opening;
    } catch (error) {
      this.opening = undefined;
      throw error;
    }
    if (this.isClosed) throw new Error('its connection was closed with the application');
    return this.statements.run(deadline, (limits) => statement(this.collection, limits, this.db));
  }

  /**
   * Without waiting for answers. The driver would tell the server which of its sessions are over, and connect to
   * a silent one for that again and again, for eight seconds in which the process does not end.
   */
  async close(): Promise<void> {
    this.isClosed = true;
    this.statements.end();
    const farewell = setTimeout(() => cutOff(this.client), CLOSE_TIMEOUT_MS);
    await this.client.close(true);
    clearTimeout(farewell);
  }

  private async open(): Promise<void> {
    if (this.isClosed) return;
    await this.client.connect();
    // The driver connects after all to a host that it was still looking up when it was closed.
    if (this.isClosed) await this.client.close(true);
  }
}

/** The driver has no public way. One without this property takes its time. */
function cutOff(client: MongoClient): void {
  const { topology } = client as { topology?: { close?(): void } };
  topology?.close?.();
}

/** The driver's own message may hold the URL, and thereby the password. */
function createClient(url: string): MongoClient {
  try {
    return new MongoClient(url, defaultsBeside(url));
  } catch {
    throw new TempIDConfigurationError(
      `The driver of MongoDB does not take the 'url': it must be such as mongodb://user:password@host:27017/database, ` +
        'with the user and the password percent-encoded, and with options that the driver knows.',
    );
  }
}

function defaultsBeside(url: string): MongoClientOptions {
  const isInUrl = (name: string) => new RegExp(`[?&]${name}=`, 'i').test(url);
  return Object.fromEntries(Object.entries(DEFAULTS).filter(([name]) => !isInUrl(name)));
}

function collectionOf(db: MongoDb, name: string): MongoCollection {
  return db.collection(name, SAFE);
}

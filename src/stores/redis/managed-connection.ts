import { Cluster, type Redis } from 'ioredis';
import type { StoreOutage } from '../store-outage.js';
import { createClient } from './create-client.js';
import { Connection } from './connection.js';
import { primaryOf, reasonIn } from './ioredis-internals.js';
import type { RedisServer } from './options.js';

/** A client that the store makes and closes. */
export class ManagedConnection extends Connection {
  override readonly client: Redis | Cluster;
  override readonly commandTimeout: number;
  protected override readonly events = ['ready', 'end', 'error'] as const;
  private readonly leaving = new WeakSet<object>();
  private failure: string | undefined;
  private isClosed = false;

  /**
   * @param outage begins when the connection is lost, and ends when there is one again
   * @throws TempIDConfigurationError for options that ioredis refuses
   */
  constructor(
    server: RedisServer,
    private readonly outage: Pick<StoreOutage, 'lose' | 'succeed'>,
  ) {
    super();
    const { client, commandTimeout } = createClient(server);
    this.client = client;
    this.commandTimeout = commandTimeout;
    client.on('ready', () => {
      this.failure = undefined;
      outage.succeed();
    });
    client.on('error', (error: Error) => {
      if (client.status !== 'ready') this.fail(reasonIn(error));
    });
  }

  override get isReady(): boolean {
    return super.isReady && this.failure === undefined && !this.isClosed;
  }

  override open(): void {
    if (this.client.status !== 'wait' || this.isClosed) return;
    // Most failures are events, too, but not that of a name that is not found; ioredis tries again.
    this.client.connect().catch((error: unknown) => this.fail(reasonIn(error)));
  }

  /** Once connecting has failed, uses fail at once, until there is a connection again. */
  override async ready(deadline: number): Promise<void> {
    if (this.isClosed) throw new Error('the connection to Redis is closed');
    if (this.failure !== undefined) throw new Error(this.failure);
    this.open();
    await super.ready(deadline);
  }

  /** Leaves the connection for another: a host that is gone closes none, and a replica may have taken its place. */
  override unanswered(key: string): void {
    const server = this.client instanceof Cluster ? primaryOf(this.client, key) : this.client;
    if (!server || this.leaving.has(server)) return;
    this.leaving.add(server);
    server.once('close', () => this.leaving.delete(server));
    if (server === this.client) this.fail(`it was silent for ${this.commandTimeout} ms`);
    server.disconnect(true);
  }

  override close(): void {
    this.isClosed = true;
    if (this.client.status !== 'end') this.client.disconnect();
  }

  private fail(failure: string): void {
    if (this.failure !== undefined || this.isClosed) return;
    this.failure = failure;
    this.outage.lose(failure);
  }
}

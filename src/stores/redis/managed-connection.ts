import { Cluster, type Redis } from 'ioredis';
import { primaryOf } from './cluster.js';
import { createClient } from './connect.js';
import type { Connection } from './connection.js';
import type { StoreOutage } from '../store-outage.js';
import { failureIn } from './failure.js';
import type { RedisServer } from './options.js';
import { Readiness } from './readiness.js';

/** A client that the store has made, and closes. */
export class ManagedConnection implements Connection {
  readonly client: Redis | Cluster;
  readonly commandTimeout: number;
  private readonly readiness: Readiness;
  private readonly left = new WeakSet<object>();
  private failure: string | undefined;
  private isClosed = false;

  /**
   * @param outage is told when the connection is lost, and when there is one again
   * @throws TempIDConfigurationError for options that ioredis refuses
   */
  constructor(
    server: RedisServer,
    private readonly outage: Pick<StoreOutage, 'lose' | 'succeed'>,
  ) {
    const { client, commandTimeout } = createClient(server);
    this.client = client;
    this.commandTimeout = commandTimeout;
    this.readiness = new Readiness(client, ['ready', 'end', 'error']);
    client.on('ready', () => {
      this.failure = undefined;
      outage.succeed();
    });
    client.on('error', (error: Error) => {
      if (client.status !== 'ready') this.fail(failureIn(error));
    });
  }

  get isReady(): boolean {
    return this.client.status === 'ready' && this.failure === undefined && !this.isClosed;
  }

  open(): void {
    if (this.client.status !== 'wait' || this.isClosed) return;
    // Most failures are events, too, but not that of a name that is not found; ioredis tries again.
    this.client.connect().catch((error: unknown) => this.fail(failureIn(error)));
  }

  /** Once connecting has failed, uses fail at once, until there is a connection again. */
  async ready(deadline: number): Promise<void> {
    if (this.isClosed) throw new Error('the connection to Redis is closed');
    if (this.failure !== undefined) throw new Error(this.failure);
    this.open();
    await this.readiness.by(deadline);
  }

  /**
   * Leaves the connection for another: a host that is gone closes none, and a replica may have taken its
   * place.
   */
  unanswered(key: string): void {
    const server = this.client instanceof Cluster ? primaryOf(this.client, key) : this.client;
    if (!server || this.left.has(server)) return;
    this.left.add(server);
    server.once('close', () => this.left.delete(server));
    if (server === this.client) this.fail(`it was silent for ${this.commandTimeout} ms`);
    server.disconnect(true);
  }

  close(): void {
    this.isClosed = true;
    if (this.client.status !== 'end') this.client.disconnect();
  }

  private fail(failure: string): void {
    if (this.failure !== undefined || this.isClosed) return;
    this.failure = failure;
    this.outage.lose(failure);
  }
}

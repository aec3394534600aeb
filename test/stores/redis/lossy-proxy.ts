import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Stands before a server, and can lose what that answers: the server has done what it was asked, and nobody
 * knows. It can also be closed, while the server itself stays as it is.
 */
export class LossyProxy {
  private readonly sockets = new Set<Socket>();
  private isLosing = false;
  private isClosed = false;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {
    server.on('connection', (client) => this.join(client));
  }

  static async before(url: string): Promise<LossyProxy> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new LossyProxy(server, new URL(url));
  }

  /** The address of the server by way of the proxy. */
  get url(): string {
    return Object.assign(new URL(this.target), { port: String(this.port) }).href;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  loseAnswers(): void {
    this.isLosing = true;
  }

  /** Closes the connections. Later ones lose nothing. */
  cut(): void {
    this.isLosing = false;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Closes the connections, and each new one at once, until it is opened. */
  shut(): void {
    this.isClosed = true;
    this.cut();
  }

  open(): void {
    this.isClosed = false;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    if (this.isClosed) {
      client.destroy();
      return;
    }
    const server = connect(Number(this.target.port || 6379), this.target.hostname);
    client.on('data', (data) => server.write(data));
    server.on('data', (data) => this.isLosing || client.write(data));
    for (const [end, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(end);
      end.on('error', () => {});
      end.on('close', () => {
        this.sockets.delete(end);
        other.destroy();
      });
    }
  }
}

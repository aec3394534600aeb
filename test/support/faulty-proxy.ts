import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands before a server, and does what networks do, while the server itself stays as it is. */
export class FaultyProxy {
  private readonly sockets = new Set<Socket>();
  private isStalled = false;
  private isLosing = false;
  private isShut = false;

  private constructor(
    private readonly server: Server,
    private target: URL,
  ) {
    server.on('connection', (client) => this.join(client));
  }

  static async before(url: string): Promise<FaultyProxy> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new FaultyProxy(server, new URL(url));
  }

  /** The address of the server by way of the proxy. */
  get url(): string {
    return Object.assign(new URL(this.target), { port: String(this.port) }).href;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Lets nothing through in either direction, until {@link resume}. */
  stall(): void {
    this.isStalled = true;
    this.silenceThoseThatAreOpen();
  }

  /** As {@link stall}, for ever; connections that are opened from now on are served. */
  silenceThoseThatAreOpen(): void {
    for (const socket of this.sockets) socket.pause();
  }

  resume(): void {
    this.isStalled = false;
    for (const socket of this.sockets) socket.resume();
  }

  /** The server does what it is asked, and nobody knows, until {@link cut}. */
  loseAnswers(): void {
    this.isLosing = true;
  }

  /** Closes the connections. Later ones lose nothing. */
  cut(): void {
    this.isLosing = false;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Closes the connections, and each new one at once, until {@link open}. */
  shut(): void {
    this.isShut = true;
    this.cut();
  }

  open(): void {
    this.isShut = false;
  }

  /** Connections that are opened from now on reach another server; those that are open stay. */
  pointTo(url: string): void {
    this.target = new URL(url);
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    if (this.isShut) {
      client.destroy();
      return;
    }
    // Only the URL of a Redis comes without a port.
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
      if (this.isStalled) end.pause();
    }
  }
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands before a server, and lets nothing through in either direction while it is stalled. */
export class StallingProxy {
  private isStalled = false;

  private constructor(
    private readonly server: Server,
    private readonly sockets: Set<Socket>,
    /** The address of the server, by way of the proxy. */
    readonly url: string,
  ) {}

  static async before(url: string): Promise<StallingProxy> {
    const target = new URL(url);
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const upstream = connect(Number(target.port), target.hostname);
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        sockets.add(from);
        from.on('data', (data) => to.write(data));
        from.on('error', () => {});
        from.on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
        if (proxy.isStalled) from.pause();
      }
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const address = Object.assign(new URL(url), { port: String(port) }).href;
    const proxy = new StallingProxy(server, sockets, address);
    return proxy;
  }

  stall(): void {
    this.isStalled = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** As {@link stall}, for ever; connections that are opened from now on are served. */
  silenceThoseThatAreOpen(): void {
    for (const socket of this.sockets) socket.pause();
  }

  resume(): void {
    this.isStalled = false;
    for (const socket of this.sockets) socket.resume();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

import { once } from 'node:events';
import { createServer } from 'node:net';

/** The first port from `port` on that nobody listens on. */
export async function freePort(port: number, host: string): Promise<number> {
  const probe = createServer().listen(port, host);
  try {
    await once(probe, 'listening');
  } catch (error) {
    if (!isTaken(error) || port >= 65_535) throw error;
    return freePort(port + 1, host);
  }
  probe.close();
  await once(probe, 'close');
  return port;
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

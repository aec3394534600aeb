import { isIPv6, type Server } from 'node:net';

/** Where the server itself listens: never what a request's Host header says, which anybody can write. */
export function ownOrigin(server: Server): string {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('The server has no port.');
  const host = ANY_ADDRESS.get(bound.address) ?? bound.address;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${bound.port}`;
}

const ANY_ADDRESS: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

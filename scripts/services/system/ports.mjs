import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below what systems give to outgoing connections: one of those could otherwise sit on the port of a
// server that was killed, which then could not start again. 10,000 above it is still below.
const FIRST = 10_000;
const END = 22_768;

const given = new Set();

/** A port that is free and was not given before; so are the ones that far above it. */
export async function freePort(distances = []) {
  for (;;) {
    const port = randomInt(FIRST, END);
    const ports = [port, ...distances.map((distance) => port + distance)];
    if (ports.some((each) => given.has(each))) continue;
    for (const each of ports) given.add(each);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return port;
  }
}

function isFree(port) {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server
      .once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

import { afterAll, beforeAll, describe } from '@jest/globals';
import { Redis } from 'ioredis';
import { isInstalled } from '../../../scripts/services/index.mjs';

/** A suite with servers of its own, which it may kill; global-setup has said where Redis is not installed. */
export function describeServers(name: string, suite: () => void): void {
  (isInstalled('redis') ? describe : describe.skip)(name, suite);
}

/** Starts something before the tests, and stops it after them. */
export function started<T extends { stop(): Promise<void> }>(start: () => Promise<T>): () => T {
  let running: T | undefined;
  beforeAll(async () => {
    running = await start();
  });
  afterAll(() => running?.stop());
  return () => {
    if (!running) throw new Error('It was not started.');
    return running;
  };
}

/** Asks one server, on a connection of its own. */
export async function ask(url: string, command: string, ...args: (string | number)[]) {
  const client = new Redis(url, { retryStrategy: null });
  client.on('error', () => {});
  try {
    return await client.call(command, ...args);
  } finally {
    if (client.status !== 'end') client.disconnect();
  }
}

export async function askText(url: string, command: string, ...args: (string | number)[]) {
  return String(await ask(url, command, ...args));
}

export async function pidOf(url: string): Promise<number> {
  const info = await askText(url, 'INFO', 'server');
  return Number(/process_id:(\d+)/.exec(info)?.[1]);
}

/** Stops the process of a server, so that it is silent and closes no connection. */
export async function halt(url: string): Promise<() => void> {
  const pid = await pidOf(url);
  process.kill(pid, 'SIGSTOP');
  return () => process.kill(pid, 'SIGCONT');
}

/** Not while it is being made one: its connections are closed then. */
export async function isPrimary(url: string): Promise<boolean> {
  const replication = await askText(url, 'INFO', 'replication').catch(() => '');
  return replication.includes('role:master');
}

/** How many connections of that name a server has. */
export async function connectionsOf(url: string, name: string): Promise<number> {
  const list = await askText(url, 'CLIENT', 'LIST');
  return list.split('\n').filter((line) => line.includes(name)).length;
}

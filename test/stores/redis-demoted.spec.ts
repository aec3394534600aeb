import { Logger } from '@nestjs/common';
import { afterEach, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { startPrivate } from '../../scripts/services/index.mjs';
import type { RedisTempIDStoreOptions } from '../../src/stores/redis/index.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { openService } from './redis/open-service.js';
import { ask, describeServers, isPrimary, started } from './redis/server.js';
import { until } from './redis/until.js';

const clients: Redis[] = [];

function client(url: string, options: { reconnectOnError?: (error: Error) => boolean } = {}) {
  const made = new Redis(url, { autoResendUnfulfilledCommands: false, ...options });
  made.on('error', () => {});
  clients.push(made);
  return { client: made };
}

const isReadOnly = ({ message }: Error) => message.includes('READONLY');

/** Two servers behind one address: the second takes over, and the first, which keeps its connections, follows it. */
async function startPair() {
  const servers = [await startPrivate('redis')];
  const [{ url } = { url: '' }] = servers;
  servers.push(await startPrivate('redis', { replicaOf: url }));
  const proxy = await FaultyProxy.before(url);
  let [primary, replica] = servers.map((server) => new URL(server.url));
  return {
    url: proxy.url,
    async swap() {
      if (!primary || !replica) throw new Error('There are two.');
      [primary, replica] = [replica, primary];
      await ask(primary.href, 'REPLICAOF', 'NO', 'ONE');
      await ask(replica.href, 'REPLICAOF', primary.hostname, primary.port);
      await until(async () => !(await isPrimary(replica?.href ?? '')));
      proxy.pointTo(primary.href);
    },
    async stop() {
      await proxy.stop();
      for (const server of servers) await server.stop();
    },
  };
}

describeServers('A primary of Redis that was demoted, and closes no connection', () => {
  const pair = started(startPair);

  afterEach(() => {
    jest.restoreAllMocks();
    for (const each of clients.splice(0)) each.disconnect();
  });

  it.each<[string, (url: string) => RedisTempIDStoreOptions]>([
    ['a connection of the store', (url) => ({ url })],
    ['one that waits for a replica', (url) => ({ url, waitReplicas: 1 })],
    ['a client with reconnectOnError', (url) => client(url, { reconnectOnError: isReadOnly })],
  ])('a demoted primary is left for its successor by %s', async (_, options) => {
    const { service, close } = await openService(options(pair().url));
    const token = await service.mint({ maxUses: 2 });
    expect(await service.use(token)).toBe(true);
    await pair().swap();
    await until(() => service.use(token).catch(() => false));
    expect(await service.use(token)).toBe(false);
    await close();
  });

  it('a demoted primary that a client of the application stays on is logged once, and the error names reconnectOnError', async () => {
    const { service, close } = await openService(client(pair().url));
    const token = await service.mint({ maxUses: 1 });
    expect(await service.usesInfo(token)).toMatchObject({ used: 0 });
    await pair().swap();
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    await expect(service.use(token)).rejects.toThrow(/READONLY.*reconnectOnError/);
    await expect(service.use(token)).rejects.toThrow(/READONLY.*reconnectOnError/);
    expect(error.mock.calls.map(String)).toEqual([
      expect.stringMatching(/^RedisTempIDStore does not answer, .*reconnectOnError/),
    ]);
    await close();
  });
});

import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { Redis as Redis6 } from 'ioredis-6';
import { startPrivate } from '../../scripts/services/index.mjs';
import { TempIDStoreUnavailableError } from '../../src/index.js';
import type { RedisTempIDStoreOptions } from '../../src/stores/redis/index.js';
import { concurrently } from '../../src/testing/support.js';
import { Load } from './redis/load.js';
import { openService } from './redis/open-service.js';
import { stopIntervals } from '../support/clock.js';
import { ask, describeServers, halt, started } from './redis/server.js';
import { until } from './redis/until.js';

const TOKENS = 60;
const LIMITS = [1, 50, 255];

/** What a client of the application must be told so that no command is sent again. */
const EXACT = {
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => 50,
};

const clients: (Redis | Redis6)[] = [];

function quiet<C extends Redis | Redis6>(client: C): C {
  clients.push(client);
  client.on('error', () => {});
  return client;
}

const CARELESS = 'autoResendUnfulfilledCommands=true&maxRetriesPerRequest=20';

const CONNECTIONS: [string, (url: string) => RedisTempIDStoreOptions][] = [
  ['a connection of its own', (url) => ({ url: `${url}?${CARELESS}` })],
  ['a client of ioredis 5', (url) => ({ client: quiet(new Redis(url, EXACT)) })],
  ['a client of ioredis 6', (url) => ({ client: quiet(new Redis6(url, EXACT)) })],
];

describeServers('RedisTempIDStore on a server that fails', () => {
  const server = started(() => startPrivate('redis'));

  afterEach(() => {
    jest.restoreAllMocks();
    for (const client of clients.splice(0)) client.disconnect();
  });

  describe.each(CONNECTIONS)('by %s', (_, connect) => {
    it('uses are counted exactly when Redis is killed and started again', async () => {
      const opened = await openService(connect(server().url), '1s');
      const load = await Load.of(opened.service, TOKENS, LIMITS);
      await load.progress(500);
      await server().kill();
      // More than at the kill: a restart that is slow to report may come after the last use that there is.
      const progress = load.progress(500);
      await server().restart();
      await progress;
      await load.stop();
      for (const { token, allowed, lost } of load.tallies) {
        const used = await opened.store.used(token.id);
        expect(allowed).toBeLessThanOrEqual(token.maxUses);
        expect(used).toBeGreaterThanOrEqual(allowed);
        expect(used).toBeLessThanOrEqual(allowed + lost);
      }
      await opened.close();
    });

    it('uses are unavailable while Redis is silent, and those sent meanwhile are counted', async () => {
      const opened = await openService(connect(server().url), '1s');
      const token = await opened.service.mint({ maxUses: 50 });
      expect(await opened.service.use(token)).toBe(true);
      const wake = await halt(server().url);
      const uses = Array.from({ length: 30 }, () => opened.service.use(token));
      for (const use of await Promise.allSettled(uses)) {
        expect(use).toMatchObject({ reason: expect.any(TempIDStoreUnavailableError) });
      }
      wake();
      const answers = await concurrently(30, () => opened.service.use(token));
      expect(answers.filter(Boolean).length).toBe(50 - 1 - 30);
      await opened.close();
    });
  });

  it('a use is unavailable at once while Redis is away, and is counted without a restart when it is back', async () => {
    const opened = await openService({ url: server().url });
    const token = await opened.service.mint({ maxUses: 1 });
    expect((await opened.service.usesInfo(token)).used).toBe(0);
    await server().kill();
    await expect(opened.service.usesInfo(token)).rejects.toThrow(TempIDStoreUnavailableError);
    // Each would be given half a minute.
    for (let time = 0; time < 20; time++) {
      await expect(opened.service.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
    }
    await server().restart();
    await until(() => opened.service.use(token).catch(() => false));
    await opened.close();
  });

  it('an application starts while Redis is away or silent, and counts without a restart when it is back', async () => {
    await server().kill();
    const early = await openService({ url: server().url }, '1s');
    await server().restart();
    const wake = await halt(server().url);
    const stuck = await openService({ url: server().url }, '1s');
    const token = await early.service.mint({ maxUses: 2 });
    await expect(stuck.service.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
    wake();
    for (const { service } of [early, stuck]) {
      await until(() => service.use(token).catch(() => false));
    }
    await early.close();
    await stuck.close();
  });

  it('a connection on which a command had no answer is replaced', async () => {
    const { hostname, port } = new URL(server().url);
    const redis = { host: hostname, port: Number(port), commandTimeout: 300 };
    const opened = await openService({ redis });
    const token = await opened.service.mint({ maxUses: 1 });
    expect((await opened.service.usesInfo(token)).used).toBe(0);
    const wake = await halt(server().url);
    await expect(opened.service.usesInfo(token)).rejects.toThrow('there was no answer in time');
    await expect(opened.service.use(token)).rejects.toThrow('it was silent for 300 ms');
    wake();
    await until(() => opened.service.use(token).catch(() => false));
    await opened.close();
  });

  it('each outage of Redis is logged once', async () => {
    // Whether an outage is over is looked at every ten seconds.
    stopIntervals();
    const opened = await openService({ url: server().url });
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const token = await opened.service.mint({ maxUses: 1 });
    for (const outage of [1, 2]) {
      await server().kill();
      await until(() => error.mock.calls.length === outage);
      for (let time = 0; time < 5; time++) await opened.service.use(token).catch(() => false);
      await server().restart();
      await until(() => opened.service.usesInfo(token).then(Boolean, () => false));
      jest.advanceTimersByTime(20_000);
    }
    expect(error.mock.calls.map(String)).toEqual([
      expect.stringMatching(/^RedisTempIDStore does not answer, ./),
      expect.stringMatching(/^RedisTempIDStore does not answer, ./),
    ]);
    await opened.close();
    jest.useRealTimers();
  });

  it('no log line and no error holds the password that Redis refuses', async () => {
    const password = 'correct-horse-battery';
    const { hostname: host, port } = new URL(server().url);
    await ask(server().url, 'CONFIG', 'SET', 'requirepass', 'another');
    const node = { host, port: Number(port) };
    const servers: RedisTempIDStoreOptions[] = [
      { url: `redis://:${password}@${host}:${port}` },
      { redis: { ...node, password } },
      { cluster: { nodes: [node], options: { redisOptions: { password } } } },
    ];
    const shown = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    for (const options of servers) {
      const opened = await openService(options);
      const token = await opened.service.mint({ maxUses: 1 });
      const failure: unknown = await opened.service.use(token).catch((error: unknown) => error);
      expect(inspect(failure, { depth: 9 })).toContain('WRONGPASS');
      expect(inspect([failure, shown.mock.calls], { depth: 9 })).not.toContain(password);
      await opened.close();
    }
    expect(shown).toHaveBeenCalledTimes(servers.length);
    await ask(`redis://:another@${host}:${port}`, 'CONFIG', 'SET', 'requirepass', '');
  });
});

describe('RedisTempIDStore on a client that sends commands again', () => {
  it.each([
    ['Redis', () => new Redis({ lazyConnect: true }), 'autoResendUnfulfilledCommands: false'],
    ['Redis of ioredis 6', () => new Redis6({ lazyConnect: true }), 'autoResend'],
    ['Cluster', () => new Cluster([7000], { lazyConnect: true }), 'retryDelayOnFailover: 0'],
  ])('the start warns of a client that sends commands again: %s', async (_, create, remedy) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const opened = await openService({ client: create() });
    expect(warn.mock.calls.map(String)).toEqual([expect.stringContaining(remedy)]);
    await opened.close();
    jest.restoreAllMocks();
  });

  it('the start does not warn of a client that sends nothing again', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const redis = await openService({ client: new Redis({ lazyConnect: true, ...EXACT }) });
    const cluster = await openService({
      client: new Cluster([7000], { lazyConnect: true, retryDelayOnFailover: 0 }),
    });
    expect(warn).not.toHaveBeenCalled();
    await redis.close();
    await cluster.close();
    jest.restoreAllMocks();
  });
});

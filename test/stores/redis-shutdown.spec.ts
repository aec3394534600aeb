import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Module } from '@nestjs/common';
import { expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { startPrivate } from '../../scripts/services/index.mjs';
import { TempIDModule } from '../../src/index.js';
import { RedisTempIDStore, type RedisTempIDStoreOptions } from '../../src/stores/redis/index.js';
import { newId } from '../../src/testing/support.js';
import { SECRET } from '../support/secrets.js';
import { describeWith } from '../support/services.js';
import { openService } from './redis/open-service.js';
import { connectionsOf, describeServers, pidOf, started } from './redis/server.js';
import { until } from './redis/until.js';

const run = promisify(execFile);
const soon = () => new Date(Date.now() + 3_600_000);

/** A name for connections that no other test has. */
const newName = () => `tempid-test-${newId()}`;

describeServers('RedisTempIDStore at its end', () => {
  const server = started(() => startPrivate('redis'));

  const optionsNamed = (connectionName: string): [string, RedisTempIDStoreOptions][] => {
    const { hostname: host, port } = new URL(server().url);
    return [
      ['url', { url: `${server().url}/?connectionName=${connectionName}` }],
      ['redis', { redis: { host, port: Number(port), connectionName } }],
    ];
  };

  it.each(['url', 'redis'])(
    'a store closes with the application the connection that it opened by %s',
    async (kind) => {
      const name = newName();
      const options = new Map(optionsNamed(name)).get(kind);
      const opened = await openService(options ?? { url: '' });
      await opened.store.consume(newId(), 1, soon());
      expect(await connectionsOf(server().url, name)).toBe(1);
      await opened.close();
      await until(async () => (await connectionsOf(server().url, name)) === 0);
      await expect(opened.store.consume(newId(), 1, soon())).rejects.toThrow('is closed');
      expect(await connectionsOf(server().url, name)).toBe(0);
    },
  );

  it('a store leaves a client of the application open', async () => {
    const client = new Redis(server().url);
    const opened = await openService({ client });
    await opened.store.consume(newId(), 1, soon());
    await opened.close();
    expect(await client.ping()).toBe('PONG');
    await client.quit();
  });

  it('a store opens no connection where the application does not start', async () => {
    @Module({
      providers: [{ provide: 'broken', useFactory: () => Promise.reject(new Error('no')) }],
    })
    class Broken {}

    const name = newName();
    const [, [, redis] = []] = optionsNamed(name);
    const store = RedisTempIDStore.register(redis ?? { url: '' });
    const imports = [TempIDModule.forRoot({ secret: SECRET, store }), Broken];
    const root = { module: class Root {}, imports };
    const context = NestFactory.createApplicationContext(root, {
      logger: false,
      abortOnError: false,
    });
    await expect(context).rejects.toThrow('no');
    expect(await connectionsOf(server().url, name)).toBe(0);
  });
});

/** How long a client may wait for the server: longer than its process is let live. */
const PATIENT = '{ commandTimeout: 120_000 }';

/** Runs a process of the built package until it ends by itself: it uses a token, does `meanwhile`, and closes its application. */
async function expectToEnd(options: string, meanwhile = ''): Promise<void> {
  const source = `
    import { NestFactory } from '@nestjs/core';
    import { Cluster, Redis } from 'ioredis';
    import { TempIDModule, TempIDService } from 'nestjs-tempid';
    import { RedisTempIDStore } from 'nestjs-tempid/redis';
    const store = RedisTempIDStore.register(${options});
    const context = await NestFactory.createApplicationContext(
      TempIDModule.forRoot({ secret: '${SECRET}', store, storeTimeout: '1s' }), { logger: false });
    const tempid = context.get(TempIDService);
    const token = await tempid.mint({ maxUses: 1000 });
    const use = () => tempid.use(token).catch(() => 'failed');
    let first;
    // A slow machine may connect for longer than the store is waited for.
    do first = await use(); while (first === 'failed');
    console.log(first);
    ${meanwhile}
    await context.close();
    console.log('closed');`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', source], {
    timeout: 55_000,
  });
  expect(stdout).toMatch(/^true\n(failed\n)?closed\n$/);
}

describeWith(
  process.env['TEST_REDIS_CLUSTER_URL'],
  'RedisTempIDStore on a cluster, at its end',
  (urls) => {
    const nodes = urls.split(',');
    const connections = async (name: string) => {
      const counts = await Promise.all(nodes.map((url) => connectionsOf(url, name)));
      return counts.reduce((a, b) => a + b);
    };

    it('a store closes with the application the connections to a cluster that it opened', async () => {
      const name = newName();
      const options = { redisOptions: { connectionName: name } };
      const opened = await openService({ cluster: { nodes, options } });
      for (let use = 0; use < 30; use++) await opened.store.consume(newId(), 1, soon());
      expect(await connections(name)).toBeGreaterThanOrEqual(3);
      await opened.close();
      await until(async () => (await connections(name)) === 0);
    });

    it('a process with a store on a cluster ends after the application is closed', async () => {
      await expectToEnd(
        `{ cluster: { nodes: ${JSON.stringify(nodes)}, options: { redisOptions: ${PATIENT} } } }`,
      );
    });
  },
);

describeServers('The process of a RedisTempIDStore', () => {
  const server = started(() => startPrivate('redis'));
  const address = () =>
    `{ redis: { host: '${new URL(server().url).hostname}', port: ${new URL(server().url).port}, ...${PATIENT} } }`;
  const signal = async (name: string) =>
    `process.kill(${await pidOf(server().url)}, '${name}'); console.log(await use());`;

  it.each([
    ['url', () => `{ url: '${server().url}' }`, ''],
    ['redis', address, ''],
    [
      'client',
      () => `{ client: globalThis.client = new Redis('${server().url}', ${PATIENT}) }`,
      'client.disconnect();',
    ],
  ])('a process ends after its application is closed, with a connection by %s', (_, options, end) =>
    expectToEnd(options(), end),
  );

  it('a process ends after its application is closed while Redis is away', async () => {
    await expectToEnd(address(), await signal('SIGKILL'));
    await server().restart();
  });

  it('a process ends after its application is closed while Redis is silent', async () => {
    const pid = await pidOf(server().url);
    await expectToEnd(address(), await signal('SIGSTOP'));
    process.kill(pid, 'SIGCONT');
  });
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Logger } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { startPrivate } from '../../scripts/services/index.mjs';
import type { TempIDService } from '../../src/index.js';
import { MongoTempIDStore } from '../../src/stores/mongodb/index.js';
import { RedisTempIDStore } from '../../src/stores/redis/index.js';
import { TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import { newId } from '../../src/testing/support.js';
import { MongoDBDouble } from '../mongodb-double/mongodb-double.js';
import { loadLazily } from '../support/lazy-module.js';
import { SECRET } from '../support/secrets.js';
import { connectionsOf, describeServers, started } from './redis/server.js';
import { until } from './redis/until.js';

const run = promisify(execFile);
const use = async (tempid: TempIDService) => tempid.use(await tempid.mint({ maxUses: 1 }));

afterEach(() => {
  jest.restoreAllMocks();
});

describeServers('RedisTempIDStore of a module that was loaded lazily', () => {
  const server = started(() => startPrivate('redis'));

  it('a lazily loaded RedisTempIDStore closes its connection with the application', async () => {
    const name = `tempid-test-${newId()}`;
    const store = RedisTempIDStore.register({ url: `${server().url}/?connectionName=${name}` });
    const { context, tempid } = await loadLazily({ store });
    expect(await connectionsOf(server().url, name)).toBe(0);
    expect(await use(tempid)).toBe(true);
    expect(await connectionsOf(server().url, name)).toBe(1);
    await context.close();
    await until(async () => (await connectionsOf(server().url, name)) === 0);
    await expect(use(tempid)).rejects.toThrow('is closed');
  });

  it('a process with a lazily loaded RedisTempIDStore ends after the application is closed', async () => {
    const program = `
      import { LazyModuleLoader, NestFactory } from '@nestjs/core';
      import { TempIDModule, TempIDService } from 'nestjs-tempid';
      import { RedisTempIDStore } from 'nestjs-tempid/redis';
      const store = RedisTempIDStore.register({ url: '${server().url}' });
      const context = await NestFactory.createApplicationContext(class {}, { logger: ['error'] });
      const loaded = await context.get(LazyModuleLoader).load(() =>
        TempIDModule.forRoot({ secret: '${SECRET}', store }));
      const tempid = loaded.get(TempIDService);
      console.log(await tempid.use(await tempid.mint({ maxUses: 1 })));
      await context.close();
      console.log('closed');`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
      timeout: 30_000,
    });
    expect(stdout).toBe('true\nclosed\n');
  });

  it('a lazily loaded RedisTempIDStore warns of a client of the application that sends commands again, and leaves it open', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const client = new Redis(server().url);
    const { context, tempid } = await loadLazily({ store: RedisTempIDStore.register({ client }) });
    expect(await use(tempid)).toBe(true);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('one request may spend two uses'));
    await context.close();
    expect(await client.ping()).toBe('PONG');
    await client.quit();
  });
});

describe('MongoTempIDStore of a module that was loaded lazily, on the double of MongoDB', () => {
  let double: MongoDBDouble;

  beforeEach(async () => {
    double = await MongoDBDouble.start();
  });

  afterEach(() => double.end());

  it('a lazily loaded MongoTempIDStore closes its connections with the application', async () => {
    const store = MongoTempIDStore.register({ url: double.url });
    const { context, tempid } = await loadLazily({ store });
    expect(double.connections).toBe(0);
    expect(await use(tempid)).toBe(true);
    expect(double.connections).toBeGreaterThan(0);
    await context.close();
    await double.left();
    expect(double.connections).toBe(0);
  });
});

describe('TypeOrmTempIDStore of a module that was loaded lazily', () => {
  it('a lazily loaded TypeOrmTempIDStore logs a missing table once, at its first use', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const database = TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: ':memory:',
      autoLoadEntities: true,
    });
    const { context, tempid } = await loadLazily({ store: TypeOrmTempIDStore }, database);
    expect(error).not.toHaveBeenCalled();
    for (let call = 0; call < 2; call++) {
      await expect(use(tempid)).rejects.toThrow('its table is missing');
    }
    expect(error.mock.calls.flat()).toEqual([
      expect.stringMatching(/^TypeOrmTempIDStore does not answer, .*: its table is missing/),
    ]);
    await context.close();
  });
});

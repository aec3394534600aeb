import { setTimeout as wait } from 'node:timers/promises';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { type PrivateServer, startPrivate } from '../../scripts/services/index.mjs';
import {
  type TempID,
  TempIDModule,
  TempIDService,
  TempIDStoreUnavailableError,
} from '../../src/index.js';
import { TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { SECRET } from '../support/secrets.js';
import { describeKillable } from '../support/services.js';

@Module({})
class Root {}

async function start(connection: TypeOrmModuleOptions): Promise<INestApplicationContext> {
  const common = { autoLoadEntities: true, synchronize: true, retryAttempts: 0 };
  const imports = [
    TypeOrmModule.forRoot({ ...connection, ...common }),
    TempIDModule.forRoot({ secret: SECRET, store: TypeOrmTempIDStore, storeTimeout: '1s' }),
  ];
  return NestFactory.createApplicationContext({ module: Root, imports }, { logger: false });
}

/** Uses a token until it is refused, and counts what was allowed and what nobody knows. */
async function useUp(tempid: TempIDService, token: TempID<null>) {
  const counts = { allowed: 0, lost: 0 };
  for (;;) {
    try {
      if (!(await tempid.use(token))) return counts;
      counts.allowed++;
    } catch (error) {
      if (!(error instanceof TempIDStoreUnavailableError)) throw error;
      counts.lost++;
      await wait(20);
    }
  }
}

describeKillable('postgres', 'TypeOrmTempIDStore on a PostgreSQL that fails', () =>
  onFailing('postgres'),
);

describeKillable('mariadb', 'TypeOrmTempIDStore on a MariaDB that fails', () =>
  onFailing('mariadb'),
);

function onFailing(type: 'postgres' | 'mariadb'): void {
  let server: PrivateServer;
  let context: INestApplicationContext;
  let tempid: TempIDService;

  beforeAll(async () => {
    server = await startPrivate(type);
    context = await start({ type, url: server.url });
    tempid = context.get(TempIDService);
  });

  afterAll(async () => {
    await context?.close();
    await server?.stop();
  });

  it('no use is allowed twice over a SIGKILL of the server, and the store goes on after its restart', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 20 }, () => tempid.mint({ maxUses: 200 })),
    );
    const load = Promise.all(tokens.map((token) => useUp(tempid, token)));
    while ((await tempid.usesInfo(tokens[0] as TempID<null>)).used === 0) await wait(5);
    await server.kill();
    await wait(300);
    await server.restart();
    const counts = await load;
    expect(counts.some(({ lost }) => lost > 0)).toBe(true);
    for (const [index, token] of tokens.entries()) {
      const { allowed = 0, lost = 0 } = counts[index] ?? {};
      expect(allowed).toBeLessThanOrEqual(200);
      expect(allowed + lost).toBeGreaterThanOrEqual(200);
      expect((await tempid.usesInfo(token)).used).toBe(200);
    }
  });

  it('a use is unavailable within storeTimeout while the server hangs, and is not allowed late', async () => {
    const proxy = await FaultyProxy.before(server.url);
    const stalled = await start({ type, url: proxy.url });
    const behind = stalled.get(TempIDService);
    const token = await behind.mint({ maxUses: 100 });
    expect(await behind.use(token)).toBe(true);
    proxy.stall();
    for (const use of await Promise.allSettled(
      Array.from({ length: 30 }, () => behind.use(token)),
    )) {
      expect(use).toMatchObject({
        status: 'rejected',
        reason: expect.any(TempIDStoreUnavailableError),
      });
    }
    proxy.resume();
    // Ten were sent, on the ten connections of the pool; those that waited for one are sent no more.
    const { allowed, lost } = await useUp(behind, token);
    expect(allowed + lost).toBeGreaterThanOrEqual(100 - 1 - 10);
    expect(allowed).toBeLessThanOrEqual(100 - 1);
    expect((await behind.usesInfo(token)).used).toBe(100);
    await stalled.close();
    await proxy.stop();
  });

  it('the store opens new connections where those that it has are silent', async () => {
    const proxy = await FaultyProxy.before(server.url);
    const stalled = await start({ type, url: proxy.url });
    const behind = stalled.get(TempIDService);
    const token = await behind.mint({ maxUses: 100 });
    await Promise.all(Array.from({ length: 20 }, () => behind.use(token)));
    proxy.silenceThoseThatAreOpen();
    const silent = await Promise.allSettled(Array.from({ length: 20 }, () => behind.use(token)));
    expect(silent.every(({ status }) => status === 'rejected')).toBe(true);
    const { allowed, lost } = await useUp(behind, token);
    expect(allowed).toBeGreaterThan(0);
    // Twenty were used before, and twenty may have been.
    expect(allowed + lost).toBeGreaterThanOrEqual(100 - 20 - 20);
    await stalled.close();
    await proxy.stop();
  });

  it('a use whose request is gone is not sent', async () => {
    const poolOfOne = { poolSize: 1 };
    const single = await start({ type, url: server.url, ...poolOfOne });
    const alone = single.get(TempIDService);
    const token = await alone.mint({ maxUses: 1 });
    await single.get<DataSource>(getDataSourceToken()).transaction(async () => {
      await expect(alone.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
    });
    expect(await alone.use(token)).toBe(true);
    await single.close();
  });
}

import type { ModuleMetadata } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TempIDModule, TempIDService, type TempIDStoreOption } from '../../../src/index.js';
import { RedisTempIDStore } from '../../../src/stores/redis/index.js';
import { TypeOrmTempIDStore } from '../../../src/stores/typeorm/index.js';
import { concurrently } from '../../../src/testing/support.js';
import { describeDatabases } from '../../support/databases.js';
import { SECRET } from '../../support/secrets.js';
import { describeWith } from '../../support/services.js';

type Imports = NonNullable<ModuleMetadata['imports']>;

class Root {}

/** Two applications with one store, as two processes have them. */
function revocations(open: () => Promise<{ imports: Imports; store: TempIDStoreOption }>): void {
  const applications: { close(): Promise<void> }[] = [];
  let one: TempIDService;
  let other: TempIDService;

  const start = async () => {
    const { imports, store } = await open();
    const module = TempIDModule.forRoot({
      secret: SECRET,
      store,
      purgeInterval: false,
      // On a machine with other work many at once take long.
      storeTimeout: '30s',
    });
    const context = await NestFactory.createApplicationContext(
      { module: Root, imports: [...imports, module] },
      { logger: ['error'], abortOnError: false },
    );
    applications.push(context);
    return context.get(TempIDService);
  };

  beforeAll(async () => {
    one = await start();
    other = await start();
  });

  afterAll(async () => {
    for (const application of applications) await application.close();
  });

  const RESET = { purpose: 'reset', maxUses: 3 };
  const named = { purpose: 'reset' };

  it('a revocation by one process ends what another has minted before, and nothing that is minted later', async () => {
    const subject = `${Math.random()}`;
    const old = await one.mint({ ...RESET, subject });
    await new Promise((resolve) => setTimeout(resolve, 2));
    await other.revokeSubject({ subject });
    await new Promise((resolve) => setTimeout(resolve, 2));
    const young = await one.mint({ ...RESET, subject });
    expect([await one.use(old.value, named), await other.use(old.value, named)]).toEqual([
      false,
      false,
    ]);
    expect(await other.use(young.value, named)).toBe(true);
    expect(await one.usesInfo(old.value)).toEqual({ total: 3, used: 3, left: 0 });
    expect(await other.verify(old.value, { ...named, checkUses: true })).toBeNull();
  });

  it('exactly one of 40 tokens works that two processes mint with replace at once', async () => {
    const subject = `${Math.random()}`;
    const tokens = await concurrently(40, (index) =>
      (index % 2 ? one : other).mint({ ...RESET, subject, replace: true }),
    );
    const uses = await concurrently(40, (index) => one.use(tokens[index]?.value ?? '', named));
    expect(uses.filter(Boolean)).toHaveLength(1);
  });

  it('every use that begins after a revocation is refused, among many that began before it', async () => {
    const subject = `${Math.random()}`;
    const token = await one.mint({ ...RESET, maxUses: 1_000, subject });
    const before = concurrently(100, () => one.use(token.value, named));
    await new Promise((resolve) => setTimeout(resolve, 2));
    await other.revokeSubject({ purpose: 'reset', subject });
    const after = await concurrently(50, () => one.use(token.value, named));
    await before;
    expect(after.filter(Boolean)).toHaveLength(0);
  });
}

describeDatabases('revocations', (connect) => {
  revocations(async () => {
    const connection = await connect('revocations');
    return {
      imports: [TypeOrmModule.forRoot(connection)],
      store: TypeOrmTempIDStore.register({ revocations: true }),
    };
  });
});

describeWith(process.env['TEST_REDIS_URL'], 'revocations on Redis', (url) => {
  revocations(async () => ({ imports: [], store: RedisTempIDStore.register({ url }) }));
});

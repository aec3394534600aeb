import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { getDataSourceToken, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { TempIDConfigurationError } from '../../src/index.js';
import { TempIDUse, TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import { openStore } from '../support/open-store.js';
import { describeWith } from '../support/services.js';
import { purgingContract, storeContract } from '../../src/testing/index.js';

const sqlite: TypeOrmModuleOptions = {
  type: 'better-sqlite3',
  database: ':memory:',
  autoLoadEntities: true,
  synchronize: true,
};

describe('TypeOrmTempIDStore on SQLite', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tempid-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const onFile = { ...sqlite, database: join(directory, 'uses.sqlite') };

  storeContract(() => openStore(TypeOrmTempIDStore, onFile));
  purgingContract(() => openStore(TypeOrmTempIDStore, sqlite));
});

describeWith(process.env['TEST_POSTGRES_URL'], 'TypeOrmTempIDStore on PostgreSQL', (url) => {
  const inSchema = async (schema: string): Promise<TypeOrmModuleOptions> => {
    const client = new Client(url);
    await client.connect();
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await client.end();
    return {
      type: 'postgres',
      url,
      schema,
      autoLoadEntities: true,
      synchronize: true,
      retryAttempts: 0,
    };
  };

  storeContract(async () => openStore(TypeOrmTempIDStore, await inSchema('store_contract')));
  purgingContract(async () => openStore(TypeOrmTempIDStore, await inSchema('purging')));
});

describe('TypeOrmTempIDStore', () => {
  it('counts on a connection that is named', async () => {
    const named = { ...sqlite, name: 'auth' };
    const opened = await openStore(
      TypeOrmTempIDStore.register({ dataSource: 'auth' }),
      { ...sqlite, autoLoadEntities: false },
      named,
    );
    expect(await opened.store.consume('id', 1, new Date())).toEqual({ allowed: true, used: 1 });
    await opened.close();
  });

  it('counts on a DataSource that a factory is given', async () => {
    const opened = await openStore(
      TypeOrmTempIDStore.registerAsync({
        inject: [getDataSourceToken()],
        useFactory: (dataSource: DataSource) => ({ dataSource }),
      }),
      { ...sqlite, autoLoadEntities: false, entities: [TempIDUse] },
    );
    expect(await opened.store.consume('id', 1, new Date())).toEqual({ allowed: true, used: 1 });
    await opened.close();
  });

  it('counts in the table that a prefix names', async () => {
    const opened = await openStore(TypeOrmTempIDStore, { ...sqlite, entityPrefix: 'app_' });
    expect(await opened.store.consume('id', 1, new Date())).toEqual({ allowed: true, used: 1 });
    await opened.close();
  });

  it('refuses at start a driver that it does not know, by name', async () => {
    const dataSource = { options: { type: 'oracle' } } as DataSource;
    await expect(openStore(TypeOrmTempIDStore.register({ dataSource }))).rejects.toThrow(
      new TempIDConfigurationError(
        `TypeOrmTempIDStore does not know the driver 'oracle'; it knows better-sqlite3, postgres.`,
      ),
    );
  });
});

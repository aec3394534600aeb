import { describe, expect, it } from '@jest/globals';
import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { TempIDAnswer, TempIDUse, TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import {
  purgingContract,
  sharedAnswersContract,
  answersContract,
  storeContract,
} from '../../src/testing/index.js';
import { newId } from '../../src/testing/support.js';
import { describeDatabases } from '../support/databases.js';
import { openStore } from '../support/open-store.js';

const withAnswers = TypeOrmTempIDStore.register({ answers: true });

describeDatabases('TypeOrmTempIDStore with answers', (connect) => {
  storeContract(async () => openStore(withAnswers, await connect('answers')));
  answersContract(async () => openStore(withAnswers, await connect('answers')));
  purgingContract(async () => openStore(withAnswers, await connect('answers_purging')));

  describe('of two processes', () => {
    let connection: Promise<TypeOrmModuleOptions> | undefined;
    sharedAnswersContract(async () => {
      return openStore(withAnswers, await (connection ??= connect('answers_shared')));
    });
  });

  it('purgeExpired purges answers together with counts, in batches', async () => {
    const connection = await connect('answers_purged');
    const dataSource = await new DataSource({
      ...connection,
      entities: [TempIDUse, TempIDAnswer],
    } as DataSourceOptions).initialize();
    const { store } = await openStore(TypeOrmTempIDStore.register({ dataSource, answers: true }));
    const now = Date.now();
    const answers = dataSource.getRepository(TempIDAnswer);
    const old = Array.from({ length: 1_500 }, () => newId());
    await answers.insert(old.map((id) => ({ id, value: '', expiresAt: now - 1_000 })));
    await store.remember('kept', Uint8Array.of(1), new Date(now + 10_000));
    await store.consume('old', 1, new Date(now - 10_000));
    expect(await store.purgeExpired(new Date(now))).toBe(1_001);
    expect(await store.purgeExpired(new Date(now))).toBe(500);
    expect(await store.purgeExpired(new Date(now))).toBe(0);
    expect(await answers.find()).toEqual([
      { id: 'kept', value: 'AQ==', expiresAt: expect.anything() },
    ]);
    await dataSource.destroy();
  });
});

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { type IssuedFilter, TempIDModule, TempIDService } from '../../src/index.js';
import {
  CreateTempIDIssued1764115200000,
  TempIDIssued,
  TypeOrmTempIDLedger,
  TypeOrmTempIDStore,
} from '../../src/stores/typeorm/index.js';
import type { Statement } from '../../src/stores/typeorm/databases/statement.js';
import { selectPage } from '../../src/stores/typeorm/issued-statements.js';
import { StoredTables } from '../../src/stores/typeorm/stored-tables.js';
import { ledgerContract } from '../../src/testing/index.js';
import { concurrently } from '../../src/testing/support.js';
import { Account } from '../support/application.js';
import { describeDatabases } from '../support/databases.js';
import { openLedger } from '../support/open-ledger.js';
import { SECRET } from '../support/secrets.js';
import { createService } from '../support/service.js';

@Module({})
class Root {}

/** A statement with its parameters in it, by their numbers or by their order. */
function inlined({ sql, parameters }: Statement): string {
  let position = 0;
  return sql.replaceAll(/\$(\d+)|\?/g, (_, number?: string) => {
    const value = parameters[number === undefined ? position++ : Number(number) - 1];
    return typeof value === 'number' ? String(value) : `'${value}'`;
  });
}

describeDatabases('what was issued, beside the data of the application', (connect) => {
  let close = async () => {};
  let tempid: TempIDService;
  let dataSource: DataSource;
  const invite = { purpose: 'invite', tracked: true, maxUses: 1 } as const;
  const accounts = () => dataSource.getRepository(Account);

  beforeAll(async () => {
    const connection = await connect('issued');
    const store = TypeOrmTempIDStore.register({ revocations: true });
    const context = await NestFactory.createApplicationContext(
      {
        module: Root,
        imports: [
          TypeOrmModule.forRoot({ ...connection, entities: [Account] }),
          TempIDModule.forRoot({ secret: SECRET, store, ledger: TypeOrmTempIDLedger }),
        ],
      },
      { logger: ['error'], abortOnError: false },
    );
    close = () => context.close();
    tempid = context.get(TempIDService);
    dataSource = context.get(getDataSourceToken());
  });

  afterAll(() => close());

  it('the row of a token is there when the transaction of the application commits', async () => {
    const token = await dataSource.transaction(async (manager) => {
      await manager.save(Account, { id: 1, password: 'invited' });
      return tempid.mint({ ...invite, label: 'committed', manager });
    });
    expect(await tempid.find(token.id)).toMatchObject({ label: 'committed', state: 'open' });
    expect(await accounts().existsBy({ id: 1 })).toBe(true);
  });

  it('neither the row nor the data is there when the transaction rolls back', async () => {
    let id = '';
    const transaction = dataSource.transaction(async (manager) => {
      await manager.save(Account, { id: 2, password: 'invited' });
      ({ id } = await tempid.mint({ ...invite, manager }));
      await tempid.revoke({ id }, { manager });
      throw new Error('the mail could not be sent');
    });
    await expect(transaction).rejects.toThrow('the mail could not be sent');
    expect(await tempid.find(id)).toBeNull();
    await expect(tempid.revoke({ id })).rejects.toMatchObject({ code: 'TEMPID_NOT_FOUND' });
    expect(await accounts().existsBy({ id: 2 })).toBe(false);
  });

  it('older tokens go on where the transaction rolls back that would have replaced them', async () => {
    const options = { ...invite, subject: 'ana' };
    const older = await tempid.mint(options);
    const replace = (isUndone: boolean) =>
      dataSource.transaction(async (manager) => {
        await tempid.mint({ ...options, replace: true, manager });
        if (isUndone) throw new Error('undone');
      });
    await expect(replace(true)).rejects.toThrow('undone');
    expect(await tempid.find(older.id)).toMatchObject({ state: 'open' });
    await replace(false);
    expect(await tempid.find(older.id)).toMatchObject({ state: 'revoked' });
    const { items } = await tempid.list({ purpose: 'invite', subject: 'ana' });
    expect(items.map(({ state }) => state)).toEqual(['open', 'revoked']);
  });

  it.each([
    ['a manager without a transaction', () => ({ ...invite, manager: dataSource.manager })],
    ['a manager that is undefined', () => ({ ...invite, manager: undefined })],
    ['a manager that writes nothing', () => ({ purpose: 'invite', manager: dataSource.manager })],
  ])('a token is not minted with %s', async (_, options) => {
    await expect(tempid.mint(options() as never)).rejects.toMatchObject({
      code: 'TEMPID_CONFIGURATION',
    });
  });

  it('tokens that are minted at once by many are all listed, each once, with their counts', async () => {
    const tokens = await concurrently(60, () => tempid.mint({ ...invite, label: 'at once' }));
    await concurrently(20, (index) => tempid.use(tokens[index] ?? '', { purpose: 'invite' }));
    const seen = new Map<string, string>();
    for (let after: string | null = ''; after !== null;) {
      const cursor: { after?: string } = after === '' ? {} : { after };
      const page = await tempid.list({ label: 'at once', limit: 25, ...cursor });
      for (const { id, state } of page.items) {
        expect(seen.has(id)).toBe(false);
        seen.set(id, state);
      }
      after = page.next;
    }
    expect(seen.size).toBe(60);
    const spent = tokens.filter(({ id }) => seen.get(id) === 'spent');
    expect(spent).toEqual(tokens.slice(0, 20));
  });

  it('tokens of one subject are revoked in the list, and of no other', async () => {
    const [ana, bo] = await Promise.all([
      tempid.mint({ ...invite, subject: 'ana-2' }),
      tempid.mint({ ...invite, subject: 'bo-2' }),
    ]);
    await tempid.revokeSubject({ subject: 'ana-2' });
    expect(await tempid.find(ana.id)).toMatchObject({ state: 'revoked', used: 1, left: 0 });
    expect(await tempid.find(bo.id)).toMatchObject({ state: 'open', used: 0, left: 1 });
  });
});

describeDatabases('the migration CreateTempIDIssued', (connect, database) => {
  let dataSource: DataSource;
  const open = () => openLedger(TypeOrmTempIDLedger.register({ dataSource }));

  beforeAll(async () => {
    dataSource = await new DataSource({
      ...(await connect('migrated_issued')),
      synchronize: false,
      entities: [TempIDIssued],
      migrations: [CreateTempIDIssued1764115200000],
    } as DataSourceOptions).initialize();
  });

  afterAll(async () => {
    jest.restoreAllMocks();
    await dataSource.destroy();
  });

  it('while the table of what was issued is missing, the start and mint name the migration and its lines', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const { ledger } = await open();
    const tempid = createService({}, undefined, undefined, undefined, ledger);
    const thrown: unknown = await tempid.mint({ tracked: true }).catch((reason: unknown) => reason);
    const lines = [
      /The ledger \(TypeOrmTempIDLedger\) could not answer: its table is missing\./,
      /by the migration CreateTempIDIssued1764115200000, by 'synchronize', or by: CREATE TABLE \S*tempid_issued\S* \(id varchar\(64\) NOT NULL PRIMARY KEY, /,
      /; CREATE INDEX tempid_issued_purpose_subject ON \S*tempid_issued\S* \(purpose, subject, issued_at, id\);/,
    ];
    for (const line of lines) expect(String(thrown)).toMatch(line);
    expect(error).toHaveBeenCalledTimes(1);
    expect(error).toHaveBeenCalledWith(
      expect.stringMatching(/^TypeOrmTempIDLedger does not answer, so no token .*CREATE TABLE/),
    );
    jest.restoreAllMocks();
  });

  it('CreateTempIDIssued makes the very table that synchronize would make', async () => {
    await dataSource.runMigrations();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await open();
    expect(warn).not.toHaveBeenCalled();
  });

  it(`each page finds its index on ${database}`, async () => {
    await dataSource.runMigrations();
    const repository = dataSource.getRepository(TempIDIssued);
    const rows = Array.from({ length: 2_000 }, (_, index) => ({
      id: `id-${index}`,
      purpose: `purpose ${index % 20}`,
      subject: `subject ${index % 30}`,
      label: `label ${index % 40}`,
      audience: null,
      format: 'v3',
      issuedAt: index,
      notBefore: null,
      validUntil: index,
      maxUses: 0,
      sealed: null,
      expiresAt: index,
    }));
    await repository.save(rows, { chunk: 100 });
    const tables = await new StoredTables(dataSource).database();
    const table = tables.tables.issued;
    const analyze = { PostgreSQL: `ANALYZE ${table}`, SQLite: 'ANALYZE' }[database];
    await dataSource.query(analyze ?? `ANALYZE TABLE ${table}`);
    const explain = database === 'SQLite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN';
    for (const [index, filter] of Object.entries<IssuedFilter>({
      tempid_issued_at: {},
      tempid_issued_purpose: { purpose: 'purpose 3' },
      tempid_issued_subject: { subject: 'subject 3' },
      tempid_issued_purpose_subject: { purpose: 'purpose 3', subject: 'subject 3' },
      tempid_issued_label: { label: 'label 3' },
    })) {
      const page = selectPage(tables, filter, 50, { issuedAt: 1_900, id: 'id-1900' });
      const plan = JSON.stringify(await dataSource.query(`${explain} ${inlined(page)}`));
      expect(plan).toContain(index);
      expect(plan).not.toMatch(/filesort|TEMP B-TREE|"Sort/i);
    }
    await repository.clear();
  });

  describe('makes a table where the ledger', () => {
    ledgerContract(async () => ({ ledger: (await open()).ledger, close: async () => {} }));
  });

  it('reverting CreateTempIDIssued drops the table', async () => {
    await dataSource.undoLastMigration();
    const runner = dataSource.createQueryRunner();
    expect(await runner.hasTable(dataSource.getMetadata(TempIDIssued).tablePath)).toBe(false);
    await runner.release();
  });
});

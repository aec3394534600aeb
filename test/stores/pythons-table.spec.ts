import { afterEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { DataSource, type DataSourceOptions } from 'typeorm';
import {
  CreateTempIDUses1763769600000,
  TempIDRevocation,
  TempIDUse,
  TypeOrmTempIDStore,
} from '../../src/stores/typeorm/index.js';
import { type Connect, describeDatabases } from '../support/databases.js';
import { openStore } from '../support/open-store.js';

/** As the Python package tempid 2.0.2 makes it, by the name of the database. */
const COLUMNS: Record<string, string> = {
  SQLite:
    'token_id TEXT PRIMARY KEY, count INTEGER NOT NULL DEFAULT 0, expires_at INTEGER NOT NULL DEFAULT 0',
  PostgreSQL:
    'token_id TEXT PRIMARY KEY, count INTEGER NOT NULL DEFAULT 0, expires_at INTEGER NOT NULL DEFAULT 0',
};
const MYSQL_COLUMNS =
  'token_id VARCHAR(64) PRIMARY KEY, count INT NOT NULL DEFAULT 0, expires_at INT NOT NULL DEFAULT 0';

/** What TypeORM says where it cannot put a column of NOT NULL where token_id, a text, is. */
const REFUSAL: Record<string, RegExp> = { PostgreSQL: /null values/ };

const IN_2037 = 2_114_380_800;
const IN_2090 = new Date('2090-01-01T00:00:00Z');

describeDatabases('a table that the Python package has made', (connect, database) => {
  const opened: DataSource[] = [];
  let table = '';

  afterEach(async () => {
    jest.restoreAllMocks();
    for (const dataSource of opened.splice(0)) await dataSource.destroy();
  });

  const open = async (connection: Awaited<ReturnType<Connect>>, options: object = {}) => {
    const dataSource = new DataSource({
      ...connection,
      synchronize: false,
      entities: [TempIDUse],
      migrations: [CreateTempIDUses1763769600000],
      ...options,
    } as DataSourceOptions);
    opened.push(await dataSource.initialize());
    return dataSource;
  };
  const tableOf = (dataSource: DataSource) =>
    dataSource
      .getMetadata(TempIDUse)
      .tablePath.split('.')
      .map((name) => dataSource.driver.escape(name))
      .join('.');
  /** With a use of a token that expires in 2037, and one of a token that never does. */
  const make = async (connection: Awaited<ReturnType<Connect>>, columns?: string) => {
    const dataSource = await open(connection);
    table = tableOf(dataSource);
    await dataSource.query(`DROP TABLE IF EXISTS ${table}`);
    await dataSource.query(
      `CREATE TABLE ${table} (${columns ?? COLUMNS[database] ?? MYSQL_COLUMNS})`,
    );
    await dataSource.query(`INSERT INTO ${table} VALUES ('spent', 1, ${IN_2037}), ('never', 1, 0)`);
    return dataSource;
  };
  const synchronize = (dataSource: DataSource) =>
    dataSource.synchronize().then(
      () => '',
      (error: Error) => error.message,
    );
  const linesAtStart = async (dataSource: DataSource) => {
    const lines = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    lines.mockClear();
    const { store } = await openStore(TypeOrmTempIDStore.register({ dataSource }));
    return { store, lines: lines.mock.calls.map(([line]) => String(line)) };
  };

  it('purgeExpired removes expired counts and keeps those of Python that never expire', async () => {
    const { store } = await linesAtStart(await make(await connect('python_purged')));
    expect(await store.purgeExpired(new Date((IN_2037 + 10) * 1_000))).toBe(1);
    expect(await store.used('never')).toBe(1);
    expect(await store.used('spent')).toBe(0);
  });

  it('the start warns in one line of all that differs from our table, and names the migration', async () => {
    const { lines } = await linesAtStart(await make(await connect('python_said')));
    expect(lines).toHaveLength(1);
    const [line = ''] = lines;
    const isNarrow = database !== 'SQLite';
    expect(/expires_at is int(eger)?, not bigint/.test(line)).toBe(isNarrow);
    expect(line).toMatch(/the index tempid_uses_expires_at on expires_at is missing/);
    expect(line).toMatch(/rows whose expires_at is 0/);
    expect(line).toMatch(
      /The migration CreateTempIDUses1763769600000 widens the times, adds the index, /,
    );
  });

  it('the migration widens the table for times after 2038, and keeps its counts and times', async () => {
    const dataSource = await make(await connect('python_widened'));
    await dataSource.query(`DELETE FROM ${table} WHERE token_id = 'never'`);
    const runner = dataSource.createQueryRunner();
    await new CreateTempIDUses1763769600000().up(runner);
    await runner.release();
    const { store, lines } = await linesAtStart(dataSource);
    expect(lines).toEqual([]);
    const read = `SELECT token_id, count, expires_at FROM ${table} ORDER BY token_id`;
    expect(JSON.stringify(await dataSource.query(read))).toMatch(
      new RegExp(`"spent","count":1,"expires_at":"?${IN_2037}"?`),
    );
    expect(await store.consume('late', 1, IN_2090)).toEqual({ allowed: true, used: 1 });
    expect(await store.consume('spent', 1, IN_2090)).toEqual({ allowed: false, used: 1 });
    expect(await store.purgeExpired(new Date('2080-01-01'))).toBe(1);
    expect(await store.used('late')).toBe(1);
  });

  it('counts survive synchronize after the migration, or synchronize is refused', async () => {
    const connection = await connect('python_both');
    const dataSource = await make(connection);
    const runner = dataSource.createQueryRunner();
    await new CreateTempIDUses1763769600000().up(runner);
    await runner.release();
    expect(await synchronize(dataSource)).toMatch(REFUSAL[database] ?? /^$/);
    const { store } = await linesAtStart(dataSource);
    expect(await store.consume('spent', 1, IN_2090)).toEqual({ allowed: false, used: 1 });
    const [row] = await dataSource.query(`SELECT * FROM ${table} WHERE token_id = 'spent'`);
    expect(Number(row.expires_at)).toBe(IN_2037);
  });

  it('counts survive a synchronize that took their times, and the start warns of it', async () => {
    const connection = await connect('python_synchronized');
    const dataSource = await make(connection);
    await dataSource.query(`DELETE FROM ${table} WHERE token_id = 'never'`);
    expect(await synchronize(dataSource)).toMatch(REFUSAL[database] ?? /^$/);
    const { store, lines } = await linesAtStart(dataSource);
    const isTaken = !['SQLite', 'PostgreSQL'].includes(database);
    expect(lines.join('\n').includes('rows whose expires_at is 0')).toBe(isTaken);
    expect(await store.purgeExpired(new Date('2036-12-01'))).toBe(0);
    const until = new Date(IN_2037 * 1_000);
    expect(await store.consume('spent', 1, until)).toEqual({ allowed: false, used: 1 });
  });

  it('no use is allowed on a table without a primary key, which the start warns of and the migration leaves', async () => {
    const columns = 'token_id varchar(64) NOT NULL, count integer, expires_at bigint NOT NULL';
    const dataSource = await make(await connect('python_keyless'), columns);
    const errors = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const runner = dataSource.createQueryRunner();
    const seen: string[] = [];
    while (seen.length < 2) {
      const { store, lines } = await linesAtStart(dataSource);
      seen.push([...errors.mock.calls.splice(0), ...lines].join('\n'));
      await expect(store.consume('spent', 5, IN_2090)).rejects.toBeDefined();
      await new CreateTempIDUses1763769600000().up(runner);
    }
    await runner.release();
    for (const lines of seen) expect(lines).toMatch(/token_id is no primary key/);
    await dataSource.query(`CREATE UNIQUE INDEX only_once ON ${table} (token_id)`);
    const { store } = await linesAtStart(dataSource);
    expect((await store.consume('spent', 2, IN_2090)).allowed).toBe(true);
    expect((await store.consume('spent', 2, IN_2090)).allowed).toBe(false);
  });

  it('revocations of Python, which have no time, are kept', async () => {
    const dataSource = await open(await connect('timeless_revocations'), {
      entities: [TempIDUse, TempIDRevocation],
      synchronize: true,
    });
    await dataSource
      .getRepository(TempIDRevocation)
      .save({ id: 'scope', issuedUntil: 5, exceptId: null, expiresAt: 0 });
    const registration = TypeOrmTempIDStore.register({ dataSource, revocations: true });
    const { store } = await openStore(registration);
    await store.purgeExpired(new Date());
    const issuance = { at: 1, scopes: ['scope'] };
    expect((await store.consume('id', 1, IN_2090, { issuance })).allowed).toBe(false);
  });
});

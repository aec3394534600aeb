import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { type PrivateServer, startPrivate } from '../../scripts/services/index.mjs';
import { TempIDStoreUnavailableError } from '../../src/index.js';
import { Application } from '../support/application.js';
import { type Connect, common, describeServers } from '../support/databases.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { describeKillable } from '../support/services.js';

const ofOne =
  (connect: Connect): Connect =>
  async (place) =>
    ({ ...(await connect(place)), poolSize: 1 }) as never;

const READ_ONLY: Record<string, { session: string; connectionId: string }> = {
  PostgreSQL: {
    session: 'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY',
    connectionId: 'SELECT pg_backend_pid() AS id',
  },
};
const MYSQL_READ_ONLY = {
  session: 'SET SESSION TRANSACTION READ ONLY',
  connectionId: 'SELECT CONNECTION_ID() AS id',
};

describeServers('a connection that may only read', (connect, database) => {
  const { session, connectionId } = READ_ONLY[database] ?? MYSQL_READ_ONLY;

  it('a use that finds its connection read-only closes that, and the next use counts on another', async () => {
    const app = await Application.start(ofOne(connect), 'read_only');
    const token = await app.tempid.mint({ maxUses: 1 });
    const runner = app.dataSource.createQueryRunner();
    await runner.query(session);
    await runner.release();
    await expect(app.tempid.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
    expect([await app.tempid.use(token), await app.tempid.use(token)]).toEqual([true, false]);
    await app.context.close();
  });

  it('a read-only transaction of the application keeps its connection after a use in it was refused', async () => {
    const app = await Application.start(ofOne(connect), 'reading');
    const token = await app.tempid.mint({ maxUses: 1 });
    const runner = app.dataSource.createQueryRunner();
    const [before] = await runner.query(connectionId);
    await runner.query(session);
    await runner.startTransaction();
    await expect(app.tempid.use(token, { manager: runner.manager })).rejects.toThrow(
      TempIDStoreUnavailableError,
    );
    await runner.rollbackTransaction();
    const [after] = await runner.query(connectionId);
    expect(after).toEqual(before);
    await runner.query(session.replace('ONLY', 'WRITE'));
    await runner.release();
    expect(await app.tempid.use(token)).toBe(true);
    await app.context.close();
  });
});

/** Makes a server ready for a user who has no rights over it, or one that lets that user only read. */
interface Administration {
  prepare(url: string): Promise<void>;
  endWriting(url: string): Promise<void>;
}

const onMysql: Administration = {
  prepare: (url) =>
    askMysql(url, [
      "CREATE USER app@'%'",
      'CREATE USER app@localhost',
      "GRANT ALL ON tempid.* TO app@'%'",
      'GRANT ALL ON tempid.* TO app@localhost',
    ]),
  endWriting: (url) => askMysql(url, ['SET GLOBAL read_only = 1']),
};

const onPostgres: Administration = {
  prepare: (url) =>
    askPostgres(url, ['CREATE ROLE app LOGIN', 'GRANT ALL ON SCHEMA public TO app']),
  endWriting: (url) =>
    askPostgres(url, [
      'ALTER SYSTEM SET default_transaction_read_only = on',
      'SELECT pg_reload_conf()',
    ]),
};

async function askMysql(url: string, statements: string[]): Promise<void> {
  const connection = await createConnection(url);
  for (const statement of statements) await connection.query(statement);
  await connection.end();
}

async function askPostgres(url: string, statements: string[]): Promise<void> {
  const client = new Client(url);
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

describeKillable('postgres', 'a failover of PostgreSQL', () => onFailover('postgres', onPostgres));
describeKillable('mariadb', 'a failover of MariaDB', () => onFailover('mariadb', onMysql));

function onFailover(type: 'postgres' | 'mariadb', { prepare, endWriting }: Administration): void {
  let servers: PrivateServer[] = [];

  beforeAll(async () => {
    // One after the other: two that are installed at once get in each other's way.
    servers = [await startPrivate(type), await startPrivate(type)];
    for (const { url } of servers) await prepare(url);
  });

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('each connection to a primary that became read-only costs at most one unavailable use', async () => {
    const [primary, promoted] = servers;
    if (!primary || !promoted) throw new Error('they were not started');
    const asApp = (url: string) => Object.assign(new URL(url), { username: 'app' }).href;
    const connect = (url: string) => () => Promise.resolve({ ...common, type, url: asApp(url) });
    const other = await Application.start(connect(promoted.url), 'promoted');
    await other.context.close();
    const proxy = await FaultyProxy.before(primary.url);
    const app = await Application.start(connect(proxy.url), 'primary');
    const use = async () => {
      const token = await app.tempid.mint({ maxUses: 1 });
      return app.tempid.use(token).catch((error: Error) => error);
    };
    await Promise.all(Array.from({ length: 10 }, use));

    proxy.pointTo(promoted.url);
    await endWriting(primary.url);
    // Those of PostgreSQL hear of it a little later.
    while ((await use()) === true);
    // One connection is gone; there were ten.
    const uses = [];
    for (let index = 0; index < 9; index++) uses.push(await use());
    const lost = uses.filter((answer) => answer !== true);
    expect(lost.length).toBeLessThanOrEqual(9);
    for (const error of lost) expect(error).toBeInstanceOf(TempIDStoreUnavailableError);
    expect([await use(), await use()]).toEqual([true, true]);
    await app.context.close();
    await proxy.stop();
  });
}

import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import {
  SERVICE_NAMES,
  startServices,
  stopOnSignal,
  stopServices,
  typeOf,
  variableOf,
} from '../../scripts/services/index.mjs';

export default async function globalSetup() {
  const inCi = Boolean(process.env.CI);
  const starting = startServices(SERVICE_NAMES, { install: inCi });
  const ignoreSignals = stopOnSignal(starting);
  const services = await starting;

  const missing = Object.values(services).flatMap((service) => service.missing ?? []);
  if (inCi && missing.length > 0) {
    await stopServices(services);
    ignoreSignals();
    throw new Error(missing.join('\n'));
  }

  for (const [name, { url, missing: line }] of Object.entries(services)) {
    if (url) {
      process.env[variableOf(name)] = url;
    } else {
      delete process.env[variableOf(name)];
      process.stderr.write(`not tested: ${line}\n`);
    }
  }
  const { TEST_MYSQL_URL: mysql } = process.env;
  if (mysql) process.env.TEST_MYSQL_TYPE = await typeOf(mysql);
  await skipTheDisk(services);
  globalThis.testServices = { services, ignoreSignals };
}

/** Nothing here is read again after a crash: a commit need not wait for the disk, where that is ours to say. */
async function skipTheDisk({ postgres, mariadb }) {
  if (postgres.url && postgres.how !== 'given') {
    const client = new Client(postgres.url);
    await client.connect();
    const [{ name }] = (await client.query('SELECT current_database() AS name')).rows;
    await client.query(`ALTER DATABASE ${name} SET synchronous_commit = off`);
    await client.end();
  }
  if (mariadb.how === 'started') {
    const connection = await createConnection(mariadb.url);
    await connection.query('SET GLOBAL innodb_flush_log_at_trx_commit = 0');
    await connection.end();
  }
}

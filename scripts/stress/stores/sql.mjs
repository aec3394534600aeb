import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { typeOf } from '../../services/index.mjs';
import { newName, serverOf } from './server.mjs';

const typeorm = (options) => ({ kind: 'typeorm', options });

export async function openSqlite({ kill, dir }) {
  return {
    connection: typeorm({ type: 'better-sqlite3', database: join(dir, 'stress.sqlite') }),
    ...(kill && { note: 'there is no server, so one of the processes was killed' }),
  };
}

export async function openPostgres(context) {
  const { url, server, isGiven } = await serverOf('postgres', context);
  if (!isGiven) return { connection: typeorm({ type: 'postgres', url }), server };

  const schema = newName();
  await askPostgres(url, `CREATE SCHEMA ${schema}`);
  context.defer(() => askPostgres(url, `DROP SCHEMA ${schema} CASCADE`));
  return { connection: typeorm({ type: 'postgres', url, schema }) };
}

export async function openMariadb(context) {
  const { url, server, isGiven } = await serverOf('mariadb', context);
  const type = await typeOf(url);
  if (!isGiven) return { connection: typeorm({ type, url }), server };

  const entityPrefix = `${newName()}_`;
  const tables = ['uses', 'used_by'].map((table) => `${entityPrefix}tempid_${table}`);
  context.defer(() => askMariadb(url, `DROP TABLE IF EXISTS ${tables.join(', ')}`));
  return { connection: typeorm({ type, url, entityPrefix }) };
}

async function askPostgres(url, sql) {
  const client = new Client(url);
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function askMariadb(url, sql) {
  const connection = await createConnection(url);
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}

import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { MongoDBDouble } from '../../mongodb-double/mongodb-double.js';

/** The variables by which examples find their servers, and those by which the tests find them. */
const SERVERS = { DATABASE_URL: 'TEST_POSTGRES_URL', REDIS_URL: 'TEST_REDIS_URL' } as const;
type Variable = keyof typeof SERVERS;

/** The address of the server that some code reads from the environment; undefined where it is not there. */
export function serverFor(code: string): { url: string | undefined } | undefined {
  const variable = (Object.keys(SERVERS) as Variable[]).find((name) => code.includes(name));
  return variable && { url: process.env[SERVERS[variable]] };
}

/** Gives examples an environment as a server has it: a secret, and addresses of databases that nobody else uses. */
export async function openEnvironment(): Promise<{ close(): Promise<void> }> {
  const name = `tempid_docs_${process.pid}`;
  const { TEST_POSTGRES_URL: postgres, TEST_REDIS_URL: redis } = process.env;
  const mongodb = await MongoDBDouble.start();
  process.env['TEMPID_SECRET'] = randomBytes(32).toString('base64url');
  process.env['PORT'] = '0';
  process.env['MONGODB_URL'] = mongodb.url;
  if (redis) process.env['REDIS_URL'] = at(redis, `${1 + (process.pid % 15)}`);
  if (postgres) {
    process.env['DATABASE_URL'] = at(postgres, name);
    await query(postgres, `CREATE DATABASE ${name}`);
  }
  const close = async () => {
    await mongodb.end();
    if (postgres) await query(postgres, `DROP DATABASE ${name} WITH (FORCE)`);
  };
  return { close };
}

function at(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = database;
  return address.href;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  await client.query(sql);
  await client.end();
}

import { generateKeyPairSync, type KeyPairKeyObjectResult, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { blocksOf } from './pages.js';
import { MongoDBDouble } from '../../mongodb-double/mongodb-double.js';

/** The variables by which examples find their servers, and those by which the tests find them. */
const SERVERS = { DATABASE_URL: 'TEST_POSTGRES_URL', REDIS_URL: 'TEST_REDIS_URL' } as const;
type Variable = keyof typeof SERVERS;

/** The address of the server that some code reads from the environment; undefined where it is not there. */
export function serverFor(code: string): { url: string | undefined } | undefined {
  const variable = (Object.keys(SERVERS) as Variable[]).find((name) => code.includes(name));
  return variable && { url: process.env[SERVERS[variable]] };
}

/**
 * Gives examples an environment as a server has it: secrets, keys, and addresses of databases that nobody else uses.
 *
 * @param folder for files
 */
export async function openEnvironment(folder: string): Promise<{ close(): Promise<void> }> {
  const name = `tempid_docs_${process.pid}`;
  const { TEST_POSTGRES_URL: postgres, TEST_REDIS_URL: redis } = process.env;
  const mongodb = await MongoDBDouble.start();
  const vault = await openVault();
  const secretFile = join(folder, 'secrets.txt');
  writeFileSync(secretFile, `${newSecret()}\n`);
  const ticket = generateKeyPairSync('ed25519');
  Object.assign(process.env, {
    PORT: '0',
    TEMPID_SECRET: newSecret(),
    OLD_SECRET: newSecret(),
    JWT_SECRET: newSecret(),
    SHARED_SECRET: randomBytes(64).toString('base64url'),
    JWE_SECRET: newSecret(),
    SECRET_FILE: secretFile,
    TICKET_KEY: privatePem(ticket),
    OLD_TICKET_KEY: privatePem(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
    ARCHIVE_PUBLIC_KEY: publicPem(generateKeyPairSync('ed25519')),
    RSA_PUBLIC_KEY: publicPem(generateKeyPairSync('rsa', { modulusLength: 2048 })),
    TOKEN_ACTIVE_KEY_ID: 'k1',
    TOKEN_PRIVATE_KEY_k1: privatePem(ticket),
    VAULT_ADDR: vault.url,
    VAULT_TOKEN: 'of the tests',
    MONGODB_URL: at(mongodb.url, 'app'),
    ...(redis && { REDIS_URL: at(redis, `${1 + (process.pid % 15)}`) }),
    ...(postgres && { DATABASE_URL: at(postgres, name) }),
  });
  if (postgres) {
    await query(postgres, `CREATE DATABASE ${name}`);
    // The table of the store that docs/stores.md shows, as it says.
    await query(at(postgres, name), sqlOf('docs/stores.md', 'link_uses'));
  }
  const close = async () => {
    vault.close();
    await mongodb.end();
    if (postgres) await query(postgres, `DROP DATABASE ${name} WITH (FORCE)`);
  };
  return { close };
}

const sqlOf = (page: string, table: string): string =>
  blocksOf(page).find(({ code }) => code.startsWith(`CREATE TABLE ${table} `))?.code ?? '';

const newSecret = () => randomBytes(32).toString('base64url');

const privatePem = ({ privateKey }: KeyPairKeyObjectResult): string =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const publicPem = ({ publicKey }: KeyPairKeyObjectResult): string =>
  publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** Answers what the engine KV 2 of Vault does for a secret that is kept at `tempid`. */
async function openVault(): Promise<{ url: string; close(): void }> {
  const answer = JSON.stringify({ data: { data: { secrets: [newSecret(), newSecret()] } } });
  const server = createServer((request, response) => {
    const isRight = request.url === '/v1/secret/data/tempid' && request.headers['x-vault-token'];
    response.writeHead(isRight ? 200 : 403, { 'content-type': 'application/json' });
    response.end(isRight ? answer : '{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
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

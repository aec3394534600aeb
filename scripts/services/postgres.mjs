import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { borrowDatabase } from './borrow-database.mjs';
import { handOver, usualUsers } from './system/accounts.mjs';
import { launch } from './system/launch.mjs';
import { freePort } from './system/ports.mjs';
import { findDirectory, homebrewPlaces, versions } from './system/programs.mjs';
import { run } from './system/run.mjs';
import { inScratchDir } from './system/scratch-dir.mjs';

const urlOf = (user, port, database) =>
  `postgres://${encodeURIComponent(user)}@127.0.0.1:${port}/${database}`;

/** Nor does it keep memory under names that all servers share. */
const LOCAL_ONLY = ['-c', 'listen_addresses=127.0.0.1', '-c', 'dynamic_shared_memory_type=mmap'];

export const postgres = {
  title: 'PostgreSQL',
  variable: 'TEST_POSTGRES_URL',
  address: '127.0.0.1:5432',
  debianPackage: 'postgresql',
  brewFormula: 'postgresql',

  usualUrls: () => usualUsers('postgres').map((user) => urlOf(user, 5432, 'postgres')),

  check: (url) => query(url, 'SELECT 1'),

  borrow: (url) =>
    borrowDatabase(url, {
      // template0, as template1 can't be copied while anyone is connected to it.
      create: (name) => query(url, `CREATE DATABASE ${name} TEMPLATE template0`),
      drop: (name) => query(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
    }),

  program: () => findDirectory(['initdb', 'postgres'], places()),

  start: (bin) =>
    inScratchDir(async (dir, defer) => {
      const account = handOver(dir, 'postgres');
      const data = join(dir, 'data');
      const cluster = ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync'];
      const text = ['--encoding=UTF8', '--locale=C'];
      await run(join(bin, 'initdb'), [...cluster, ...text], {
        cwd: dir,
        timeout: 60_000,
        ...account,
      });

      const port = await freePort();
      const url = urlOf('postgres', port, 'postgres');
      defer(() => removeSharedMemory(data));
      const server = await launch(
        {
          command: join(bin, 'postgres'),
          args: ['-D', data, '-p', `${port}`, '-k', dir, ...LOCAL_ONLY],
          dir,
          account,
          // At SIGKILL the children would go on.
          stopSignal: 'SIGQUIT',
          ready: () => postgres.check(url),
        },
        defer,
      );
      return { url, ...server };
    }),
};

/** The one thing outside its directory that a server leaves behind when it is killed. */
async function removeSharedMemory(data) {
  const lockFile = join(data, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const [, , , , , , keyAndId = ''] = readFileSync(lockFile, 'utf8').split('\n');
  const [, id] = keyAndId.trim().split(/\s+/);
  if (id) await run('ipcrm', ['-m', id]);
}

async function query(url, sql) {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    // Not waited for: there may be nobody to say goodbye to.
    client.end().catch(() => {});
  }
}

const places = () => [
  ...versions('/usr/lib/postgresql').map((dir) => join(dir, 'bin')),
  ...homebrewPlaces('postgresql'),
];

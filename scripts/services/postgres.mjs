import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort, inScratchDir, launch, run } from './process.mjs';
import { findDirectory, isRoot } from './programs.mjs';

const urlOf = (user, port, database) =>
  `postgres://${encodeURIComponent(user)}@127.0.0.1:${port}/${database}`;

export const postgres = {
  title: 'PostgreSQL',
  variable: 'TEST_POSTGRES_URL',
  address: '127.0.0.1:5432',
  debianPackage: 'postgresql',
  brewFormula: 'postgresql',

  usualUrls() {
    return [...new Set(['postgres', osUser()])].map((user) => urlOf(user, 5432, 'postgres'));
  },

  check: (url) => query(url, 'SELECT 1'),

  /** A database of our own on a server that is somebody else's. */
  async borrow(url) {
    const name = `nestjs_tempid_${process.pid}_${randomBytes(4).toString('hex')}`;
    // template0, as template1 can't be copied while anyone is connected to it.
    await query(url, `CREATE DATABASE ${name} TEMPLATE template0`);
    return {
      url: Object.assign(new URL(url), { pathname: name }).href,
      stop: () => query(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
    };
  },

  program: () => findDirectory(['initdb', 'postgres'], [...debianPlaces(), ...homebrewPlaces()]),

  start: (bin) =>
    inScratchDir(async (dir) => {
      const account = serverAccount();
      if (account) chownSync(dir, account.uid, account.gid);
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
      const { stop } = await launch(
        join(bin, 'postgres'),
        ['-D', data, '-p', `${port}`, '-c', 'listen_addresses=127.0.0.1', '-k', dir],
        // SIGQUIT stops at once: nobody needs the data.
        { dir, account, stopSignal: 'SIGQUIT', ready: () => postgres.check(url) },
      );
      return { url, stop };
    }),
};

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

function osUser() {
  try {
    return userInfo().username;
  } catch {
    // A container's user id may have no name.
    return 'postgres';
  }
}

/** initdb and postgres refuse to run as root. */
function serverAccount() {
  if (!isRoot()) return undefined;
  try {
    return { uid: idOfPostgres('-u'), gid: idOfPostgres('-g') };
  } catch (error) {
    throw new Error('it refuses to run as root and there is no OS user postgres', { cause: error });
  }
}

const idOfPostgres = (flag) =>
  Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }));

const debianPlaces = () => versions('/usr/lib/postgresql').map((dir) => join(dir, 'bin'));

const homebrewPlaces = () =>
  ['/opt/homebrew', '/usr/local', '/home/linuxbrew/.linuxbrew'].flatMap((prefix) => [
    join(prefix, 'bin'),
    ...versions(join(prefix, 'opt'), 'postgresql').map((dir) => join(dir, 'bin')),
  ]);

/** The directories of that name in `parent`, the newest version first. */
function versions(parent, prefix = '') {
  try {
    return readdirSync(parent)
      .filter((name) => name.startsWith(prefix))
      .toSorted(newestFirst)
      .map((name) => join(parent, name));
  } catch {
    return [];
  }
}

const newestFirst = (a, b) => b.localeCompare(a, 'en', { numeric: true });

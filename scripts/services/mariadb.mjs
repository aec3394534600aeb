import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { borrowDatabase } from './borrow-database.mjs';
import { handOver, usualUsers } from './system/accounts.mjs';
import { launch } from './system/launch.mjs';
import { freePort } from './system/ports.mjs';
import { findProgram, homebrewPlaces } from './system/programs.mjs';
import { run } from './system/run.mjs';
import { inScratchDir } from './system/scratch-dir.mjs';

const urlOf = (user, port) => `mysql://${encodeURIComponent(user)}@127.0.0.1:${port}`;

/** Or MySQL, which differs in how it makes its data directory. */
export const mariadb = {
  title: 'MariaDB',
  variable: 'TEST_MYSQL_URL',
  address: '127.0.0.1:3306',
  debianPackage: 'mariadb-server',
  brewFormula: 'mariadb',

  usualUrls: () => usualUsers('root').map((user) => urlOf(user, 3306)),

  check: (url) => query(url, 'SELECT 1'),

  borrow: (url) =>
    borrowDatabase(url, {
      create: (name) => query(url, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`),
      drop: (name) => query(url, `DROP DATABASE IF EXISTS ${name}`),
    }),

  program: () => findProgram(['mariadbd', 'mysqld'], places()),

  start: (program) =>
    inScratchDir(async (dir, defer) => {
      const account = handOver(dir, 'mysql');
      const data = ['--no-defaults', `--datadir=${join(dir, 'data')}`, `--tmpdir=${dir}`];
      const [command, ...args] = initialisationBy(program);
      await run(command, [...data, ...args], { cwd: dir, timeout: 60_000, ...account });

      const port = await freePort();
      const root = urlOf('root', port);
      const server = await launch(
        {
          command: program,
          args: [
            ...data,
            `--socket=${join(dir, 'socket')}`,
            `--pid-file=${join(dir, 'pid')}`,
            '--skip-networking=0',
            '--bind-address=127.0.0.1',
            `--port=${port}`,
            // MySQL's second protocol, on a port that all servers would share.
            '--loose-mysqlx=OFF',
          ],
          dir,
          account,
          ready: () => query(root, 'CREATE DATABASE IF NOT EXISTS tempid CHARACTER SET utf8mb4'),
        },
        defer,
      );
      return { url: `${root}/tempid`, ...server };
    }),
};

/** Afterwards root logs in without a password. */
function initialisationBy(server) {
  const installer = findProgram(['mariadb-install-db', 'mysql_install_db'], places());
  return installer
    ? [installer, '--auth-root-authentication-method=normal']
    : [server, '--initialize-insecure'];
}

// Debian keeps servers in sbin, which is on root's PATH only, and Fedora in libexec, which is on none.
const places = () => [
  '/usr/sbin',
  '/usr/bin',
  '/usr/libexec',
  ...homebrewPlaces('mariadb'),
  ...homebrewPlaces('mysql'),
];

/** Which of the two it is, as TypeORM calls it: the scheme of a URL says nothing of it. */
export async function typeOf(url) {
  const [[row]] = await query(url, 'SELECT VERSION() AS version');
  return /mariadb/i.test(row.version) ? 'mariadb' : 'mysql';
}

async function query(url, sql) {
  const connection = await createConnection({ uri: url, connectTimeout: 5_000 });
  connection.on('error', () => {});
  try {
    return await connection.query({ sql, timeout: 30_000 });
  } finally {
    // Not waited for: there may be nobody to say goodbye to.
    connection.end().catch(() => {});
  }
}

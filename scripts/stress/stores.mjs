import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openMongodb } from './stores/mongodb.mjs';
import { openRedis, openRedisCluster } from './stores/redis.mjs';
import { openMariadb, openPostgres, openSqlite } from './stores/sql.mjs';

/**
 * Each gives `connection`, from which another process can make the store; `server`, what can be killed
 * and restarted, where it is not a process that is killed; and a `note` for the report.
 */
const KNOWN = {
  sqlite: openSqlite,
  postgres: openPostgres,
  mariadb: openMariadb,
  redis: openRedis,
  'redis-cluster': openRedisCluster,
  mongodb: openMongodb,
  memory: openMemory,
};

export const STORE_NAMES = Object.keys(KNOWN);

/** The path of a module with a store. */
export const isPath = (name) => /[/\\]|\.[cm]?js$/.test(name);

/**
 * Opens a store by its name or path; what it needs is started.
 *
 * @throws Error where it cannot be had, which says what to do
 */
export async function openStore(name, context) {
  const open = isPath(name) ? openModule(name) : KNOWN[name];
  return { name, ...(await open(context)) };
}

const openModule = (path) => async () => ({
  connection: { kind: 'module', url: pathToFileURL(resolve(path)).href },
});

async function openMemory({ kill }) {
  if (kill) throw new Error('memory: a count ends with its process, so there is nothing to kill');
  return { connection: { kind: 'memory' }, isOneProcess: true };
}

import { onMariadb, onPostgres, onSqlite } from './typeorm-place.mjs';
import { onRedis } from './redis-place.mjs';

/** Each store by its title, with a function that opens it with so many live counts, or why it cannot be. */
export function openPlaces({ postgres, mariadb, redis }) {
  return [
    ['SQLite, a file', onSqlite()],
    ['PostgreSQL', postgres.missing ?? onPostgres(postgres.url)],
    ['MariaDB', mariadb.missing ?? onMariadb(mariadb.url)],
    ['Redis', redis.missing ?? onRedis()],
  ];
}

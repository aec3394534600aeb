import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import type { TempIDStoreOption } from 'nestjs-tempid';
import { RedisTempIDStore } from 'nestjs-tempid/redis';
import { TypeOrmTempIDStore } from 'nestjs-tempid/typeorm';
import { serverOf } from './servers.js';
import type { Settings } from './settings.js';

/** @throws Error where `databaseUrl` is of no database that is known here */
export function connectionOf({ databaseUrl, sqliteFile }: Settings): TypeOrmModuleOptions {
  const common = { autoLoadEntities: true, synchronize: true, retryAttempts: 2, retryDelay: 1_000 };
  if (databaseUrl === undefined) {
    return { ...common, type: 'better-sqlite3', database: sqliteFile };
  }
  return { ...common, type: serverOf(databaseUrl).type, url: databaseUrl };
}

/** What counts the uses, and keeps by whom they were and what was revoked of a subject. */
export function storeOf({ redisUrl }: Settings): TempIDStoreOption {
  return redisUrl === undefined
    ? TypeOrmTempIDStore.register({ revocations: true, usedBy: true })
    : RedisTempIDStore.register({ url: redisUrl });
}

import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import type { TempIDStoreOption } from 'nestjs-tempid';
import { RedisTempIDStore } from 'nestjs-tempid/redis';
import { TypeOrmTempIDStore } from 'nestjs-tempid/typeorm';
import type { Settings } from './settings.js';

/** @throws Error where `databaseUrl` is not one of PostgreSQL */
export function connectionOf({ databaseUrl, sqliteFile }: Settings): TypeOrmModuleOptions {
  const common = { autoLoadEntities: true, synchronize: true, retryAttempts: 2, retryDelay: 1_000 };
  if (databaseUrl === undefined) {
    return { ...common, type: 'better-sqlite3', database: sqliteFile };
  }
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new Error('DATABASE_URL must be the address of a PostgreSQL database: postgres://…');
  }
  return { ...common, type: 'postgres', url: databaseUrl };
}

/** What counts the uses. */
export function storeOf({ redisUrl }: Settings): TempIDStoreOption {
  return redisUrl === undefined ? TypeOrmTempIDStore : RedisTempIDStore.register({ url: redisUrl });
}

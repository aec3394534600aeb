import { type DynamicModule, Global, Module } from '@nestjs/common';
import { serverOf } from './servers.js';

/** Where the sample keeps its data. */
export interface Settings {
  /** PostgreSQL, MySQL or MariaDB, as `postgres://…`, `mysql://…` or `mariadb://…`. Without it: the SQLite file. */
  readonly databaseUrl?: string | undefined;
  /** Redis, as `redis://…`, for the use counts alone. Without it: the database counts them. */
  readonly redisUrl?: string | undefined;
  /** Where others find the sample, as `https://…` or `http://…`. Without it: where it listens. */
  readonly publicUrl?: string | undefined;
  /** The SQLite file; in the working directory, so that a restart keeps the data. */
  readonly sqliteFile: string;
  /** Whether TEMPID_SECRET is set; without it links die with the process that made them. */
  readonly linksOutliveRestart: boolean;
}

/** The injection token of {@link Settings}. */
export const SETTINGS = Symbol('SETTINGS');

/** Lets every feature inject {@link SETTINGS}. */
@Global()
@Module({})
export class SettingsModule {
  static of(settings: Settings): DynamicModule {
    return {
      module: SettingsModule,
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}

export function settingsFrom(environment: NodeJS.ProcessEnv): Settings {
  return {
    databaseUrl: environment['DATABASE_URL'] || undefined,
    redisUrl: environment['REDIS_URL'] || undefined,
    publicUrl: environment['PUBLIC_URL'] || undefined,
    sqliteFile: 'sample.sqlite',
    linksOutliveRestart: Boolean(environment['TEMPID_SECRET']?.trim()),
  };
}

/** One sentence for the start and for the foot of every page; it names no address, which may hold a password. */
export function describeStorage({ databaseUrl, redisUrl, sqliteFile }: Settings): string {
  const data = databaseUrl === undefined ? `SQLite (${sqliteFile})` : serverOf(databaseUrl).title;
  return redisUrl === undefined
    ? `Everything is kept in ${data}.`
    : `Accounts and mails are kept in ${data}, use counts in Redis.`;
}

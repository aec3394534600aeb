import { type LoggerService, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Duration, TempIDModule, TempIDService, TempIDStore } from '../../src/index.js';
import { MongoTempIDStore, type MongoTempIDStoreOptions } from '../../src/stores/mongodb/index.js';
import type { FullStore } from '../support/open-store.js';
import { SECRET } from '../support/secrets.js';

@Module({})
class Root {}

/** An application whose uses are counted in MongoDB, or in its double. */
export interface App {
  readonly tempid: TempIDService;
  readonly store: FullStore;
  /** What it has logged as a warning or an error. */
  readonly lines: readonly string[];
  close(): Promise<void>;
}

export async function startApp(
  options: MongoTempIDStoreOptions,
  storeTimeout: Duration = '30s',
): Promise<App> {
  const lines: string[] = [];
  const keep = (line: unknown) => void lines.push(String(line));
  const logger: LoggerService = { log: () => {}, warn: keep, error: keep };
  const store = MongoTempIDStore.register(options);
  const imports = [
    TempIDModule.forRoot({ secret: SECRET, store, storeTimeout, purgeInterval: false }),
  ];
  const context = await NestFactory.createApplicationContext(
    { module: Root, imports },
    { logger, abortOnError: false },
  );
  return {
    tempid: context.get(TempIDService),
    store: context.get<FullStore>(TempIDStore),
    lines,
    close: () => context.close(),
  };
}

import { Logger } from '@nestjs/common';
import type { Duration, TempIDService } from '../../../src/index.js';
import { RedisTempIDStore, type RedisTempIDStoreOptions } from '../../../src/stores/redis/index.js';
import { type FullStore, openStore } from '../../support/open-store.js';
import { createService } from '../../support/service.js';

export interface OpenedService {
  readonly service: TempIDService;
  readonly store: FullStore;
  close(): Promise<void>;
}

/** A service that counts in Redis, without the log of what the tests do to it. */
export async function openService(
  options: RedisTempIDStoreOptions,
  storeTimeout: Duration = '30s',
): Promise<OpenedService> {
  const { store, close } = await openStore(RedisTempIDStore.register(options));
  Logger.overrideLogger(false);
  return { service: createService({ storeTimeout }, store), store, close };
}

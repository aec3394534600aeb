import type { Type } from '@nestjs/common';
import type { AsyncStoreOptions, TempIDStore, TempIDStoreRegistration } from './tempid-store.js';

/**
 * What `registerAsync` of a store returns.
 *
 * @param token by which the store injects what the factory makes
 */
export function registrationByFactory<Options>(
  store: Type<TempIDStore>,
  token: symbol,
  { imports = [], inject = [], useFactory }: AsyncStoreOptions<Options>,
): TempIDStoreRegistration {
  return { store, imports, providers: [{ provide: token, inject: [...inject], useFactory }] };
}

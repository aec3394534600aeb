import { type DynamicModule, Logger, Module, type Provider } from '@nestjs/common';
import { DecoratedHandlers } from './guards/decorated-handlers.js';
import { FirstAnswers } from './links/first-answers.js';
import { LinkGate } from './links/link-gate.js';
import { Keyring } from './keyring/keyring.js';
import { resolveSecrets } from './keyring/secrets.js';
import { V1_WARNING } from './codecs/v1.codec.js';
import { type ResolvedOptions, resolveOptions, type TempIDModuleOptions } from './options.js';
import { MemoryTempIDStore } from './stores/memory-tempid.store.js';
import {
  TempIDStore,
  type TempIDStoreOption,
  type TempIDStoreRegistration,
} from './stores/tempid-store.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  type OPTIONS_TYPE,
  TEMPID_KEYRING,
  TEMPID_OPTIONS,
  type TempIDModuleExtras,
} from './tempid.module-definition.js';
import { TempIDPurger } from './tempid.purger.js';
import { TempIDService } from './tempid.service.js';

/** Provides `TempIDService`, and what `@UseTempID` needs. Wires; decides nothing. */
@Module({})
export class TempIDModule extends ConfigurableModuleClass {
  /**
   * The module with options that are known when it is imported. Every option has a default; in
   * production a secret must be there.
   *
   * @example
   * TempIDModule.forRoot({ secret: process.env.TEMPID_SECRET, store: TypeOrmTempIDStore })
   */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return wire(super.forRoot(options), options);
  }

  /**
   * The module with options that a factory makes: `useFactory` with `inject`, `useClass`, or
   * `useExisting`. `store` and `isGlobal` stand beside it.
   *
   * @example
   * TempIDModule.forRootAsync({ ...tempidConfig.asProvider(), store: TypeOrmTempIDStore })
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return wire(super.forRootAsync(options), options);
  }
}

function wire(definition: DynamicModule, { store, isGlobal }: TempIDModuleExtras): DynamicModule {
  const registration = store && registrationOf(store);
  return {
    ...definition,
    global: isGlobal ?? false,
    imports: [...(definition.imports ?? []), ...(registration?.imports ?? [])],
    providers: [
      ...(definition.providers ?? []),
      { provide: TEMPID_OPTIONS, useFactory: resolveAndWarn, inject: [MODULE_OPTIONS_TOKEN] },
      { provide: TEMPID_KEYRING, useFactory: createKeyring, inject: [MODULE_OPTIONS_TOKEN] },
      ...(registration ? storeProviders(registration) : [DEFAULT_STORE]),
      TempIDService,
      TempIDPurger,
      DecoratedHandlers,
      FirstAnswers,
      LinkGate,
    ],
    exports: [TempIDService, TempIDStore, TEMPID_OPTIONS, LinkGate],
  };
}

function resolveAndWarn(options: TempIDModuleOptions): ResolvedOptions {
  const resolved = resolveOptions(options);
  if (resolved.accept.includes('v1')) new Logger('TempIDModule').warn(V1_WARNING);
  return resolved;
}

function createKeyring({ secret }: TempIDModuleOptions): Keyring {
  return new Keyring(resolveSecrets(secret));
}

function registrationOf(store: TempIDStoreOption): TempIDStoreRegistration {
  if (typeof store !== 'function') return store;
  return (store as unknown as typeof TempIDStore).register();
}

function storeProviders({ store, providers = [] }: TempIDStoreRegistration): Provider[] {
  return [...providers, store, { provide: TempIDStore, useExisting: store }];
}

/** One for all modules of the process: a token of one is a token of another with the same secret. */
const defaultStore = new MemoryTempIDStore();

const DEFAULT_STORE: Provider = {
  provide: TempIDStore,
  useFactory: () => {
    if (process.env['NODE_ENV'] === 'production') {
      new Logger('TempIDModule').warn(
        'Uses are counted in the memory of this process: other processes do not know them, and a restart ' +
          `forgets them. Give TempIDModule the option 'store', such as TypeOrmTempIDStore or ` +
          'RedisTempIDStore; or MemoryTempIDStore, if that is what you want.',
      );
    }
    return defaultStore;
  },
};

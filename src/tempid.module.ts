import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type NestModule,
  Optional,
  type Provider,
  type Type,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Codecs } from './formats/codecs.js';
import { V1_WARNING } from './formats/v1.codec.js';
import { TempIDConfigurationError } from './common/errors.js';
import { assertGiven } from './common/options.js';
import { TempIDEvents } from './events/tempid-events.js';
import { RouteExplorer } from './guards/route-explorer.js';
import { GatewayFilters, TempIDExceptionFilter } from './guards/tempid-exception.filter.js';
import { KindRegistry, TempIDFeature } from './kinds/kind-registry.js';
import type { AnyTempIDKind } from './kinds/tempid-kind.js';
import { LinkGate } from './links/link-gate.js';
import { LazyLifecycle } from './common/lazy-lifecycle.js';
import { Keyring } from './keys/keyring.js';
import { KeyRotation } from './tempid.key-rotation.js';
import {
  isSecretProvider,
  loadSecrets,
  type SecretProvider,
  type SecretSource,
} from './keys/secret-provider.js';
import { resolveSecrets, warnOfPadding } from './keys/secrets.js';
import {
  pickRootOptions,
  type ResolvedOptions,
  resolveOptions,
  type TempIDModuleExtras,
  type TempIDModuleOptions,
} from './config/options.js';
import { IssuedRows } from './ledger/issued-rows.js';
import { MemoryTempIDLedger } from './ledger/memory-tempid.ledger.js';
import {
  type IssuedRow,
  TempIDLedger,
  type TempIDLedgerOption,
  type TempIDLedgerRegistration,
} from './ledger/tempid-ledger.js';
import { lookUpIn } from './operations/ledger-client.js';
import { MemoryTempIDStore } from './stores/memory-tempid.store.js';
import { OutageEnd } from './stores/store-outage.js';
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
  pickAsyncOptions,
  TEMPID_KEYRING,
  TEMPID_OPTIONS,
  TEMPID_SECRETS,
} from './config/module-definition.js';
import { TempIDPurger } from './tempid.purger.js';
import { TempIDService } from './tempid.service.js';
import { OnePerProcess } from './common/one-per-process.js';

/** What `forRoot` takes: the class of a SecretProvider, too, whose dependencies Nest injects. */
export type TempIDRootOptions = Omit<typeof OPTIONS_TYPE, 'secret'> & {
  secret?: SecretSource | Type<SecretProvider> | undefined;
};

/** Provides `TempIDService`, and what `@UseTempID` needs. Wires; decides nothing. */
@OnePerProcess('TempIDModule')
@Module({})
export class TempIDModule extends ConfigurableModuleClass implements NestModule {
  /**
   * A feature module may import the class alone, where the module itself is global: then there is nothing to look at.
   *
   * @internal
   */
  constructor(
    @Optional() @Inject(RouteExplorer) private readonly routes?: { beforeRouting(): void },
  ) {
    super();
  }

  /**
   * Nest asks modules for middleware here, before it registers the routes.
   *
   * @internal
   */
  configure(): void {
    this.routes?.beforeRouting();
  }

  /**
   * The module with options that are there when it is imported. Every option has a default; in
   * production a secret must be there.
   *
   * @example
   * TempIDModule.forRoot({ secret: process.env.TEMPID_SECRET, store: TypeOrmTempIDStore })
   */
  static override forRoot(...args: [options?: TempIDRootOptions]): DynamicModule {
    assertGiven(args, 'TempIDModule.forRoot', ['options']);
    const [options = {}] = args;
    const { secret, ...others } = pickRootOptions(options);
    if (!isProviderClass(secret))
      return wire(super.forRoot({ ...others, secret }), others, [SECRETS]);
    const secrets = [secret, { provide: TEMPID_SECRETS, useExisting: secret }];
    return wire(super.forRoot(others), others, secrets);
  }

  /**
   * The module with options that a factory makes: `useFactory` with `inject`, `useClass`, or
   * `useExisting`. `store` and `isGlobal` stand beside it.
   *
   * @example
   * TempIDModule.forRootAsync({ ...tempidConfig.asProvider(), store: TypeOrmTempIDStore })
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    const given = pickAsyncOptions(options);
    return wire(super.forRootAsync(given), given, [SECRETS]);
  }

  /**
   * Registers the kinds of a feature: no other kind of the application may have one of their purposes, and the
   * class that looks up what their tokens are bound to is taken from the providers of the module that imports
   * this. A kind that looks up nothing by a class works without being registered.
   *
   * @throws TempIDConfigurationError for what is no kind
   * @example
   * \@Module({
   *   imports: [TempIDModule.forFeature([PasswordReset])],
   *   providers: [UsersService, PasswordBinding],
   * })
   * export class PasswordModule {}
   */
  static forFeature(kinds: readonly AnyTempIDKind[]): DynamicModule {
    return TempIDFeature.of(kinds);
  }
}

function wire(
  definition: DynamicModule,
  extras: TempIDModuleExtras,
  secrets: readonly Provider[],
): DynamicModule {
  const { store, ledger, isGlobal } = extras;
  const registration = store && registrationOf(store);
  const ledgerRegistration = ledger && ledgerRegistrationOf(ledger);
  return {
    ...definition,
    global: isGlobal ?? false,
    imports: [
      ...(definition.imports ?? []),
      ...(registration?.imports ?? []),
      ...(ledgerRegistration?.imports ?? []),
    ],
    providers: [
      ...(definition.providers ?? []),
      { provide: TEMPID_OPTIONS, useFactory: resolveAndWarn, inject: [MODULE_OPTIONS_TOKEN] },
      ...secrets,
      { provide: TEMPID_KEYRING, useFactory: createKeyring, inject: [TEMPID_SECRETS] },
      {
        provide: Codecs,
        useFactory: startCodecs,
        inject: [TEMPID_KEYRING, TEMPID_OPTIONS, TempIDLedger, LazyLifecycle],
      },
      LazyLifecycle,
      TempIDEvents,
      KeyRotation,
      ...(registration ? storeProviders(registration) : [DEFAULT_STORE]),
      ...(ledgerRegistration ? ledgerProviders(ledgerRegistration) : [DEFAULT_LEDGER]),
      KindRegistry,
      TempIDService,
      TempIDPurger,
      OutageEnd,
      RouteExplorer,
      TempIDExceptionFilter,
      // Of several modules each adds it, and Nest asks one of them.
      { provide: APP_FILTER, useExisting: TempIDExceptionFilter },
      GatewayFilters,
      LinkGate,
    ],
    exports: [
      TempIDService,
      TempIDEvents,
      TempIDStore,
      TempIDLedger,
      TEMPID_OPTIONS,
      LinkGate,
      TempIDExceptionFilter,
    ],
  };
}

function resolveAndWarn(options: TempIDModuleOptions): ResolvedOptions {
  const resolved = resolveOptions(options);
  const logger = new Logger('TempIDModule');
  if (resolved.accept.includes('v1')) logger.warn(V1_WARNING);
  const refused = formatsWithoutScope(resolved);
  if (refused.length > 0) {
    logger.warn(
      `'accept' names ${refused.join(' and ')}, whose tokens have neither an issuer nor an audience: all are refused, ` +
        `since TempIDModule has the option 'issuer' or 'audience'.`,
    );
  }
  return resolved;
}

/** The accepted formats whose tokens have neither an issuer nor an audience, where one is required. */
function formatsWithoutScope({ accept, issuer, audience }: ResolvedOptions): readonly string[] {
  if (issuer === null && audience === null) return [];
  return accept.filter((format) => format === 'v2' || format === 'v1');
}

/** null, since Nest injects nothing that is undefined. */
const SECRETS: Provider = {
  provide: TEMPID_SECRETS,
  useFactory: ({ secret }: TempIDModuleOptions): SecretSource | null => secret ?? null,
  inject: [MODULE_OPTIONS_TOKEN],
};

async function createKeyring(source: SecretSource | null): Promise<Keyring> {
  if (isProviderClass(source)) {
    throw new TempIDConfigurationError(
      `A factory cannot give the class ${source.name} as 'secret': inject it into the factory, and give what is injected.`,
    );
  }
  const secrets = isSecretProvider(source)
    ? await loadSecrets(source)
    : resolveSecrets(source ?? undefined);
  warnOfPadding(secrets, nameOf(source));
  return new Keyring(secrets);
}

function startCodecs(
  keyring: Keyring,
  options: ResolvedOptions,
  ledger: TempIDLedger,
  lifecycle: LazyLifecycle,
): Promise<Codecs> {
  return Codecs.start(keyring, options.formats, lookUpIn(ledger, options, lifecycle));
}

function nameOf(source: SecretSource | null): string {
  if (isSecretProvider(source)) return 'The SecretProvider';
  const ofEnvironment = process.env['TEMPID_SECRET'];
  return (source || ofEnvironment) === ofEnvironment ? 'TEMPID_SECRET' : `The option 'secret'`;
}

function isProviderClass(secret: unknown): secret is Type<SecretProvider> {
  return typeof secret === 'function' && isSecretProvider(secret.prototype);
}

function registrationOf(store: TempIDStoreOption): TempIDStoreRegistration {
  if (typeof store !== 'function') return store;
  return (store as unknown as typeof TempIDStore).register();
}

function storeProviders({ store, providers = [] }: TempIDStoreRegistration): Provider[] {
  const itself = store === MemoryTempIDStore ? { provide: store, useFactory: () => memory } : store;
  return [...providers, itself, { provide: TempIDStore, useExisting: store }];
}

/** One for the process: modules with the same secret know the same tokens, and must count their uses together. */
const memory = new MemoryTempIDStore();

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
    return memory;
  },
};

function ledgerRegistrationOf(ledger: TempIDLedgerOption): TempIDLedgerRegistration {
  if (typeof ledger !== 'function') return ledger;
  return (ledger as unknown as typeof TempIDLedger).register();
}

function ledgerProviders({ ledger, providers = [] }: TempIDLedgerRegistration): Provider[] {
  const itself =
    ledger === MemoryTempIDLedger ? { provide: ledger, useFactory: () => memoryLedger } : ledger;
  return [...providers, itself, { provide: TempIDLedger, useExisting: ledger }];
}

/** One for the process, as the memory of use counts. */
const issuedRows = new IssuedRows();
const memoryLedger = new MemoryTempIDLedger(issuedRows);

/** Warns when it is written to: an application that tracks no token needs no ledger. */
class UnchosenLedger extends MemoryTempIDLedger {
  private hasWarned = process.env['NODE_ENV'] !== 'production';

  override async add(row: IssuedRow): Promise<void> {
    if (!this.hasWarned) {
      this.hasWarned = true;
      new Logger('TempIDModule').warn(
        'What was issued is kept in the memory of this process: other processes do not know it, and a restart ' +
          `forgets it. Give TempIDModule the option 'ledger', such as TypeOrmTempIDLedger; or MemoryTempIDLedger, ` +
          'if that is what you want.',
      );
    }
    await super.add(row);
  }
}

const DEFAULT_LEDGER: Provider = {
  provide: TempIDLedger,
  useFactory: () => new UnchosenLedger(issuedRows),
};

import { ConfigurableModuleBuilder } from '@nestjs/common';
import { asGiven, type OptionRules, pickOptions } from '../common/options.js';
import { EXTRAS_RULES, type TempIDModuleExtras, type TempIDModuleOptions } from './options.js';
import { MemoryTempIDLedger } from '../ledger/memory-tempid.ledger.js';
import { MemoryTempIDStore } from '../stores/memory-tempid.store.js';
import { onePerProcess } from '../common/one-per-process.js';

/** The injection token of the module's options, validated and with their defaults. */
export const TEMPID_OPTIONS = onePerProcess('TEMPID_OPTIONS', () => Symbol('TEMPID_OPTIONS'));

/** The injection token of the keyring, which only TempIDService is given. */
export const TEMPID_KEYRING = onePerProcess('TEMPID_KEYRING', () => Symbol('TEMPID_KEYRING'));

/** The injection token of where the secrets come from. */
export const TEMPID_SECRETS = onePerProcess('TEMPID_SECRETS', () => Symbol('TEMPID_SECRETS'));

/** What a class given as `useClass` or `useExisting` to `forRootAsync` implements. */
export interface TempIDOptionsFactory {
  createTempIDOptions(): TempIDModuleOptions | Promise<TempIDModuleOptions>;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TempIDModuleOptions>({ moduleName: 'TempID' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTempIDOptions')
    .setExtras<TempIDModuleExtras>({
      store: MemoryTempIDStore,
      ledger: MemoryTempIDLedger,
      isGlobal: false,
    })
    .build();

/** Nest reads what a factory is given by: it may be undefined. */
const OF_NEST = { ...asGiven<never>(), missing: 'kept' } as const;

const ASYNC_RULES = {
  imports: OF_NEST,
  inject: OF_NEST,
  useFactory: OF_NEST,
  useClass: OF_NEST,
  useExisting: OF_NEST,
  provideInjectionTokensFrom: OF_NEST,
  ...EXTRAS_RULES,
} as const satisfies OptionRules<typeof ASYNC_OPTIONS_TYPE>;

/**
 * What `forRootAsync` was given.
 *
 * @throws TempIDConfigurationError for an option that has no rule, and for a store that is undefined or null
 */
export function pickAsyncOptions(options: typeof ASYNC_OPTIONS_TYPE): typeof ASYNC_OPTIONS_TYPE {
  return pickOptions(options, ASYNC_RULES, 'TempIDModule.forRootAsync');
}

import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { TempIDModuleExtras, TempIDModuleOptions } from './options.js';
import { MemoryTempIDStore } from '../stores/memory-tempid.store.js';

/** The injection token of the module's options, validated and with their defaults. */
export const TEMPID_OPTIONS = Symbol('TEMPID_OPTIONS');

/** The injection token of the keyring, which only TempIDService is given. */
export const TEMPID_KEYRING = Symbol('TEMPID_KEYRING');

/** The injection token of where the secrets come from. */
export const TEMPID_SECRETS = Symbol('TEMPID_SECRETS');

/** What a class given as `useClass` or `useExisting` to `forRootAsync` implements. */
export interface TempIDOptionsFactory {
  createTempIDOptions(): TempIDModuleOptions | Promise<TempIDModuleOptions>;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TempIDModuleOptions>({ moduleName: 'TempID' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTempIDOptions')
    .setExtras<TempIDModuleExtras>({ store: MemoryTempIDStore, isGlobal: false })
    .build();

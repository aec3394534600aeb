import { type DynamicModule, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { TempIDConfigurationError } from '../common/errors.js';
import { FEATURE_KINDS, KindRegistry } from './kind-registry.js';
import { type AnyTempIDKind, TempIDKind } from './tempid-kind.js';

let features = 0;

/** What `TempIDModule.forFeature` adds to a module: a list of kinds, which KindRegistry finds. */
@Module({})
export class TempIDFeature {
  /**
   * A module that is loaded lazily comes after the registries have read all others, so each reads them for itself.
   *
   * @throws TempIDConfigurationError as KindRegistry does
   */
  constructor(modules: ModulesContainer) {
    void new KindRegistry(modules);
  }

  static of(kinds: readonly AnyTempIDKind[]): DynamicModule {
    if (!Array.isArray(kinds) || !kinds.every((kind) => kind instanceof TempIDKind)) {
      throw new TempIDConfigurationError(
        'TempIDModule.forFeature takes a list of kinds, each made by defineTempID.',
      );
    }
    return {
      module: TempIDFeature,
      providers: [
        { provide: FEATURE_KINDS, useValue: [...kinds] },
        // By 'deep-hash' Nest takes modules for one that look the same, and kinds show nothing of themselves.
        { provide: `TEMPID_FEATURE_${++features}`, useValue: true },
      ],
    };
  }
}

import { type DynamicModule, Module } from '@nestjs/common';
import { TempIDConfigurationError } from '../errors.js';
import { type AnyTempIDKind, TempIDKind } from './tempid-kind.js';

/** The key of the kinds of a feature among the providers of its module. */
export const FEATURE_KINDS = Symbol('FEATURE_KINDS');

let features = 0;

/** What `TempIDModule.forFeature` adds to a module: a list of kinds, which KindRegistry finds. */
@Module({})
export class TempIDFeature {
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

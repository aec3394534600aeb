import type { ExecutionContext } from '@nestjs/common';
import { TempIDConfigurationError } from '../common/errors.js';
import {
  asGiven,
  type NamedRules,
  type OptionRule,
  type OptionRules,
  pickOptions,
} from '../common/options.js';
import { readKindArguments } from '../kinds/kind-arguments.js';
import { type AnyTempIDKind, TempIDKind } from '../kinds/tempid-kind.js';
import type { StoreOptions } from '../stores/tempid-store.js';
import type { TempID } from '../token/tempid.js';
import type { UseByOptions } from './used-by.js';

/**
 * What a token must be. Whatever is named must be in the token and equal; a token that was
 * minted with a purpose, an audience or a binding never verifies where none, or another, is named.
 */
export interface VerifyOptions {
  purpose?: string;
  /** Default: that of the module. */
  audience?: string;
  /** A subject that is named and undefined or null is never equal. */
  subject?: string | undefined;
  /**
   * The value that the token is bound to, or a function that looks it up for the token, such as by its subject; called
   * only for an authentic token that passed all else. A value that is undefined or null is never equal.
   */
  boundTo?:
    | string
    | null
    | undefined
    | ((token: TempID) => string | null | undefined | Promise<string | null | undefined>);
  /** Also asks the store, read-only: a used-up or revoked token does not verify. */
  checkUses?: boolean;
  /**
   * The kind that the token must be of, in place of purpose and audience: its schema reads the payload, and its
   * `boundTo` is looked up unless one is given. `verify(value, Kind)` does the same, and has the type.
   */
  kind?: AnyTempIDKind;
  /** The request, for the kind's `boundTo`. A guard gives its own. */
  context?: ExecutionContext | undefined;
}

/** What `use` and `useOrThrow` take; what the store adds, only a store that knows it takes. */
export type UseOptions = Omit<VerifyOptions, 'checkUses'> & UseByOptions & StoreOptions;

/**
 * How the options of `verify` are read: as they are given, since what is in no token refuses all. A subject and a
 * binding that are missing refuse every token, and without a request there is no context.
 */
export const VERIFY_RULES = {
  purpose: asGiven<string>(),
  audience: asGiven<string>(),
  subject: { ...asGiven<string | undefined>(), missing: 'kept' },
  boundTo: { ...asGiven<VerifyOptions['boundTo']>(), missing: 'kept' },
  checkUses: asGiven<boolean>(),
  kind: asGiven<AnyTempIDKind>(),
  context: { ...asGiven<ExecutionContext | undefined>(), missing: 'kept' },
} as const satisfies OptionRules<VerifyOptions>;

/** How the options are read that the store adds to a use and to a revocation. */
export type StoreRules = {
  readonly [Name in keyof StoreOptions]-?: OptionRule<NonNullable<StoreOptions[Name]>>;
};

/** What the store adds, it refuses by itself where it is undefined. */
const AS_GIVEN = { ...asGiven(), missing: 'kept' } as const;

/** @param names of the options that a store adds */
export function storeRulesOf(names: readonly (keyof StoreOptions)[]): StoreRules {
  return Object.fromEntries(names.map((name) => [name, AS_GIVEN])) as StoreRules;
}

/** Those of the options of a call that a store reads. */
export function pickStoreOptions(options: object, rules: NamedRules): StoreOptions {
  const picked: Record<string, unknown> = {};
  for (const name in rules) if (name in options) picked[name] = Reflect.get(options, name);
  return picked;
}

/**
 * As `boundTo` it lets a token pass whatever it is bound to: the caller compares the binding afterwards. It is a look-up
 * that finds nothing, so code that does not know it refuses. It stays within this package.
 */
export const ANY_BINDING = (): null => null;

/**
 * What a call that verifies was given: options, or a kind and options beside it, in one object.
 *
 * @param call its name, for messages
 * @param rules of its options
 * @throws TempIDConfigurationError for what no verification would check, for what is undefined or null, for what is no
 *   kind, and for a purpose or an audience beside that of the kind
 */
export function readVerifyArguments<Options extends VerifyOptions>(
  call: string,
  args: readonly unknown[],
  rules: OptionRules<Options>,
): Options {
  const { kind, options } = readKindArguments(call, args);
  const picked = pickOptions(options as Options, rules, call);
  if (!kind) return assertKindAlone(picked);
  if ('kind' in picked) throw new TempIDConfigurationError(`${call} was given two kinds.`);
  return assertKindAlone({ ...picked, kind });
}

/** @throws TempIDConfigurationError for what is no kind, and for a scope beside that of the kind */
function assertKindAlone<Options extends VerifyOptions>(options: Options): Options {
  const { kind, purpose, audience } = options;
  if (kind === undefined) return options;
  if (!(kind instanceof TempIDKind)) {
    throw new TempIDConfigurationError(`'kind' must be made by defineTempID; got ${typeof kind}.`);
  }
  if (purpose !== undefined || audience !== undefined) {
    throw new TempIDConfigurationError(
      `The kind '${kind.purpose}' says the purpose and the audience: leave them out.`,
    );
  }
  return options;
}

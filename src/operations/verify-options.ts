import { timingSafeEqual } from 'node:crypto';
import type { ExecutionContext } from '@nestjs/common';
import { toBinding } from '../token/binding.js';
import type { Claims } from '../token/claims.js';
import {
  TempIDConfigurationError,
  TempIDExpiredError,
  TempIDNotYetValidError,
  TempIDScopeError,
} from '../common/errors.js';
import { assertGiven, readOptions } from '../common/validation.js';
import { type AnyTempIDKind, TempIDKind } from '../kinds/tempid-kind.js';
import { Refusal } from '../common/refusal.js';
import type { StoreOptions } from '../stores/tempid-store.js';
import type { TempID } from '../token/tempid.js';

type Awaitable<T> = T | Promise<T>;

/**
 * What a verifier asks of a token. Whatever is named must be in the token and equal; a token that was
 * minted with a purpose, an audience or a binding never verifies where none, or another, is named.
 */
export interface VerifyOptions {
  purpose?: string;
  /** Default: that of the module. */
  audience?: string;
  /** A subject that is named and undefined or null is never equal. */
  subject?: string | undefined;
  /**
   * The value that the token is bound to, or how to look it up for the token, such as by its subject; asked
   * only of an authentic token that passed all else. A value that is undefined or null is never equal.
   */
  boundTo?: string | null | undefined | ((token: TempID) => Awaitable<string | null | undefined>);
  /** Also asks the store, read-only: a spent or revoked token does not verify. */
  checkUses?: boolean;
  /**
   * The kind that the token must be of, in place of purpose and audience: its schema reads the payload, and its
   * `boundTo` is asked unless one is given. `verify(value, Kind)` says the same, and knows the type.
   */
  kind?: AnyTempIDKind;
  /** What the kind's `boundTo` is told of the request. A guard gives its own. */
  context?: ExecutionContext | undefined;
}

/** What `verify` takes beside a kind. */
export type KindVerifyOptions = Omit<VerifyOptions, 'purpose' | 'audience' | 'kind'>;

/** What `use` and `useOrThrow` take beside a kind. */
export type KindUseOptions = Omit<UseOptions, 'purpose' | 'audience' | 'kind'>;

/** What `use` and `useOrThrow` take; what the store adds, only a store that knows it takes. */
export type UseOptions = Omit<VerifyOptions, 'checkUses'> & StoreOptions;

/**
 * Given as `boundTo`, it lets a token pass that is bound to whatever it may be: whoever asks so compares the
 * binding afterwards. By its type it is a look-up that finds nothing, so wherever it were not known it would
 * refuse. It stays within this package.
 */
export const ANY_BINDING = (): null => null;

const EXPIRED = new Refusal(TempIDExpiredError, 'The token has expired.');
const NOT_YET_VALID = new Refusal(TempIDNotYetValidError, 'The token is not valid yet.');
const OTHER_PURPOSE = new Refusal(TempIDScopeError, 'The token has another purpose.');
const OTHER_AUDIENCE = new Refusal(TempIDScopeError, 'The token is for another audience.');
const OTHER_ISSUER = new Refusal(TempIDScopeError, 'The token has another issuer.');
const OTHER_SUBJECT = new Refusal(TempIDScopeError, 'The token is about another subject.');
const OTHER_BINDING = new Refusal(
  TempIDScopeError,
  'What the token is bound to has changed, or was not named.',
);

/**
 * @param now Unix milliseconds
 * @param leeway seconds
 */
export function refuseByTime(claims: Claims, now: number, leeway: number): Refusal | null {
  if (now >= (claims.expiresAt + leeway) * 1_000) return EXPIRED;
  if (claims.notBefore !== null && now < (claims.notBefore - leeway) * 1_000) return NOT_YET_VALID;
  return null;
}

/** Refuses a token whose purpose, audience, issuer or subject is not what the verifier names. */
export function refuseByScope(
  claims: Claims,
  options: VerifyOptions,
  module: { readonly issuer: string | null; readonly audience: string | null },
): Refusal | null {
  const { purpose, audience } = options.kind ?? options;
  if (claims.purpose !== (purpose ?? null)) return OTHER_PURPOSE;
  if (claims.audience !== (audience ?? module.audience)) return OTHER_AUDIENCE;
  if (module.issuer !== null && claims.issuer !== module.issuer) return OTHER_ISSUER;
  return refuseBySubject(claims, options);
}

/** Refuses a token that an earlier verification let through only for what is named this time. */
export function refuseByNamedScope(claims: Claims, options: VerifyOptions): Refusal | null {
  if (options.purpose !== undefined && claims.purpose !== options.purpose) return OTHER_PURPOSE;
  if (options.audience !== undefined && claims.audience !== options.audience) return OTHER_AUDIENCE;
  return refuseBySubject(claims, options);
}

function refuseBySubject(claims: Claims, options: VerifyOptions): Refusal | null {
  if (!('subject' in options)) return null;
  const named: unknown = options.subject;
  return typeof named === 'string' && claims.subject === named ? null : OTHER_SUBJECT;
}

/** Refuses a token that is bound to another value, or bound where none is named, or not bound where one is. */
export async function refuseByBinding(
  { binding }: Claims,
  options: VerifyOptions,
  toTempID: () => TempID,
): Promise<Refusal | null> {
  if (!('boundTo' in options)) return binding ? OTHER_BINDING : null;
  if (!binding) return OTHER_BINDING;
  const { boundTo } = options;
  if (boundTo === ANY_BINDING) return null;
  const value = typeof boundTo === 'function' ? await boundTo(toTempID()) : boundTo;
  if (typeof value !== 'string') return OTHER_BINDING;
  return timingSafeEqual(toBinding(value), binding) ? null : OTHER_BINDING;
}

/** What a call is given to verify by: nothing, options, or a kind and options beside it. */
export type VerifyArguments<Options extends VerifyOptions> = [
  given?: Options | AnyTempIDKind,
  besideKind?: object,
];

const NAMES: ReadonlySet<string> = new Set<keyof VerifyOptions>([
  'purpose',
  'audience',
  'subject',
  'boundTo',
  'checkUses',
  'kind',
  'context',
]);

/** What a call says to the store. */
export function optionsOfStore(options: StoreOptions, names: readonly string[]): StoreOptions {
  const named = names.filter((name) => name in Object(options));
  return Object.fromEntries(named.map((name) => [name, options[name as keyof StoreOptions]]));
}

/** A subject and a binding that are missing refuse every token, and without a request there is no context. */
const MAY_BE_MISSING: ReadonlySet<string> = new Set(['subject', 'boundTo', 'context']);

/** @throws TempIDConfigurationError where something is asked for that nobody would check, or is undefined */
export function readVerifyOptions(args: VerifyArguments<VerifyOptions>): VerifyOptions {
  return readVerifyArguments('verify', args, NAMES);
}

/**
 * As {@link readVerifyOptions}, of a use.
 *
 * @param namesOfStore what only a use says, to the store
 */
export function readUseOptions(
  args: VerifyArguments<UseOptions>,
  namesOfStore: readonly string[],
): UseOptions {
  if (namesOfStore.length === 0) return readVerifyArguments('use', args, NAMES);
  const names = new Set([...NAMES, ...namesOfStore]);
  // What the store adds, it refuses by itself where it is undefined.
  return readVerifyArguments('use', args, names, new Set([...MAY_BE_MISSING, ...namesOfStore]));
}

/**
 * What a call is to verify by, in one object.
 *
 * @param call its name, for messages
 * @param names of its options
 * @param mayBeMissing those of them that say what undefined and null mean
 * @throws TempIDConfigurationError where something is asked for that nobody would check, or is undefined or null
 */
export function readVerifyArguments<Options extends VerifyOptions>(
  call: string,
  args: VerifyArguments<Options>,
  names: ReadonlySet<string>,
  mayBeMissing = MAY_BE_MISSING,
): Options {
  assertGiven(args, call, ['a kind or options', 'options beside the kind']);
  const [given = {} as Options, besideKind = {}] = args;
  if (!(given instanceof TempIDKind)) {
    if (args.length > 1) throw onlyBesideKind(call);
    return assertKindAlone(readOptions(given, names, call, mayBeMissing));
  }
  const beside = readOptions(besideKind, names, call, mayBeMissing);
  if ('kind' in beside) throw new TempIDConfigurationError(`${call} was given two kinds.`);
  return assertKindAlone({ ...beside, kind: given } as Options);
}

/** Options that come second, after options, would be heeded by nobody. */
export function onlyBesideKind(call: string): TempIDConfigurationError {
  return new TempIDConfigurationError(
    `${call} takes more than one object of options only after a kind that defineTempID made.`,
  );
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

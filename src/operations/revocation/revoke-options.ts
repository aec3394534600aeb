import { TempIDConfigurationError } from '../../common/errors.js';
import { assertGiven, parseText, readOptions } from '../../common/validation.js';
import { type AnyTempIDKind, TempIDKind } from '../../kinds/tempid-kind.js';
import type { StoreOptions } from '../../stores/tempid-store.js';
import type { RevocationScope } from './revocation-scopes.js';

/** A purpose by its name, or that of a kind. */
export type PurposeName = string | AnyTempIDKind;

/** What `revokeSubject` takes; what the store adds, only a store that knows it takes. */
export interface RevokeSubjectOptions extends StoreOptions {
  /** Whose tokens: the `subject` that they were minted with. */
  subject: string;
  /** Only those of this purpose. Default: whatever they are for. */
  purpose?: PurposeName;
}

/** What `revokePurpose` takes; what the store adds, only a store that knows it takes. */
export interface RevokePurposeOptions extends StoreOptions {
  purpose: PurposeName;
}

/** What is to be revoked, and what the call says to the store. */
export interface ScopeRevocationCall {
  readonly scope: RevocationScope;
  readonly ofStore: StoreOptions;
}

/**
 * @param namesOfStore the options that the store adds
 * @throws TempIDConfigurationError for an option that is wrong or undefined, and where there is no subject
 */
export function toSubjectRevocation(
  options: RevokeSubjectOptions,
  namesOfStore: readonly string[],
): ScopeRevocationCall {
  const names = new Set(['subject', 'purpose', ...namesOfStore]);
  const { subject, purpose, ...ofStore } = readOptions(options, names, 'revokeSubject');
  const scope = {
    subject: parseText(subject, 'subject'),
    purpose: purpose === undefined ? null : toPurpose(purpose),
  };
  return { scope, ofStore };
}

/**
 * @param args a purpose and what is told to the store beside it, or options with both
 * @param namesOfStore the options that the store adds
 * @throws TempIDConfigurationError for an option that is wrong, and for what is neither a purpose nor a kind
 */
export function toPurposeRevocation(
  args: readonly [given: PurposeName | RevokePurposeOptions, besidePurpose?: StoreOptions],
  namesOfStore: readonly string[],
): ScopeRevocationCall {
  assertGiven(args, 'revokePurpose', ['a purpose', 'options beside the purpose']);
  const [given, besidePurpose = {}] = args;
  const ofStore = readOptions(besidePurpose, new Set(namesOfStore), 'revokePurpose');
  if (typeof given !== 'object' || given === null || given instanceof TempIDKind) {
    return { scope: { purpose: toPurpose(given), subject: null }, ofStore };
  }
  const names = new Set(['purpose', ...namesOfStore]);
  const { purpose, ...others } = readOptions(given, names, 'revokePurpose');
  return {
    scope: { purpose: toPurpose(purpose), subject: null },
    ofStore: { ...others, ...ofStore },
  };
}

function toPurpose(given: unknown): string {
  if (given instanceof TempIDKind) return given.purpose;
  if (typeof given === 'string') return parseText(given, 'purpose');
  throw new TempIDConfigurationError(
    `'purpose' must be a string, or a kind that defineTempID made; got ${typeof given}.`,
  );
}

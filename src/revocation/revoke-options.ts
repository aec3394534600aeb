import { TempIDConfigurationError } from '../errors.js';
import { expectKnown, expectText } from '../expect.js';
import { type AnyTempIDKind, TempIDKind } from '../kinds/tempid-kind.js';
import type { StoreOptions } from '../stores/tempid-store.js';
import type { Group } from './groups.js';

/** A purpose by its name, or that of a kind. */
export type PurposeName = string | AnyTempIDKind;

/** What `revokeSubject` takes; what the store adds, only a store that knows it takes. */
export interface RevokeSubjectOptions extends StoreOptions {
  /** Whose tokens: the `subject` that they were minted with. */
  subject: string;
  /** Only those of this purpose. Default: whatever they are for. */
  purpose?: PurposeName | undefined;
}

/** What `revokePurpose` takes; what the store adds, only a store that knows it takes. */
export interface RevokePurposeOptions extends StoreOptions {
  purpose: PurposeName;
}

/**
 * @param namesOfStore the options that the store adds
 * @throws TempIDConfigurationError for an option that is wrong, and where there is no subject
 */
export function toGroupOfSubject(
  options: RevokeSubjectOptions,
  namesOfStore: readonly string[],
): Group {
  expectKnown(Object(options), new Set(['subject', 'purpose', ...namesOfStore]), 'revokeSubject');
  const { subject, purpose } = Object(options) as Partial<RevokeSubjectOptions>;
  return {
    subject: expectText(subject, 'subject'),
    purpose: purpose === undefined ? null : toPurpose(purpose),
  };
}

/** The options of a call that may name a purpose before them. */
export function toPurposeOptions(
  given: PurposeName | RevokePurposeOptions,
  besidePurpose: StoreOptions,
): RevokePurposeOptions {
  const isOptions = typeof given === 'object' && given !== null && !(given instanceof TempIDKind);
  return { ...(isOptions ? given : { purpose: given }), ...besidePurpose };
}

/**
 * @param namesOfStore the options that the store adds
 * @throws TempIDConfigurationError for an option that is wrong, and for what is neither a purpose nor a kind
 */
export function toGroupOfPurpose(
  options: RevokePurposeOptions,
  namesOfStore: readonly string[],
): Group {
  expectKnown(options, new Set(['purpose', ...namesOfStore]), 'revokePurpose');
  return { purpose: toPurpose(options.purpose), subject: null };
}

function toPurpose(given: unknown): string {
  if (given instanceof TempIDKind) return given.purpose;
  if (typeof given === 'string') return expectText(given, 'purpose');
  throw new TempIDConfigurationError(
    `'purpose' must be a string, or a kind that defineTempID made; got ${typeof given}.`,
  );
}

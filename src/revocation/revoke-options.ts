import { TempIDConfigurationError } from '../errors.js';
import { expectKnown, expectText } from '../expect.js';
import { type AnyTempIDKind, TempIDKind } from '../kinds/tempid-kind.js';
import type { Group } from './groups.js';

/** A purpose by its name, or that of a kind. */
export type PurposeName = string | AnyTempIDKind;

/** What `revokeSubject` takes. */
export interface RevokeSubjectOptions {
  /** Whose tokens: the `subject` that they were minted with. */
  subject: string;
  /** Only those of this purpose. Default: whatever they are for. */
  purpose?: PurposeName | undefined;
}

const NAMES: ReadonlySet<string> = new Set<keyof RevokeSubjectOptions>(['subject', 'purpose']);
const ONLY_PURPOSE: ReadonlySet<string> = new Set(['purpose']);

/** @throws TempIDConfigurationError for an option that is wrong, and where there is no subject */
export function toGroupOfSubject(options: RevokeSubjectOptions): Group {
  expectKnown(Object(options), NAMES, 'revokeSubject');
  const { subject, purpose } = Object(options) as Partial<RevokeSubjectOptions>;
  return {
    subject: expectText(subject, 'subject'),
    purpose: purpose === undefined ? null : toPurpose(purpose),
  };
}

/** @throws TempIDConfigurationError for what is neither a purpose nor a kind */
export function toGroupOfPurpose(given: PurposeName | { purpose: PurposeName }): Group {
  if (typeof given !== 'object' || given === null || given instanceof TempIDKind) {
    return { purpose: toPurpose(given), subject: null };
  }
  expectKnown(given, ONLY_PURPOSE, 'revokePurpose');
  return { purpose: toPurpose(given.purpose), subject: null };
}

function toPurpose(given: unknown): string {
  if (given instanceof TempIDKind) return given.purpose;
  if (typeof given === 'string') return expectText(given, 'purpose');
  throw new TempIDConfigurationError(
    `'purpose' must be a string, or a kind that defineTempID made; got ${typeof given}.`,
  );
}

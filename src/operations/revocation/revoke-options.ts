import { TempIDConfigurationError } from '../../common/errors.js';
import {
  assertGiven,
  type NamedRules,
  type OptionRules,
  parseText,
  pickOptions,
  readOptions,
} from '../../common/options.js';
import { type AnyTempIDKind, TempIDKind } from '../../kinds/tempid-kind.js';
import type { StoreOptions } from '../../stores/tempid-store.js';
import { TempID } from '../../token/tempid.js';
import type { StoreRules } from '../verify-options.js';
import type { RevocationScope } from './revocation-scopes.js';

/** What `revokeSubject` takes; what the store adds, only a store that knows it takes. */
export interface RevokeSubjectOptions extends StoreOptions {
  /** Whose tokens: the `subject` that they were minted with. */
  subject: string;
  /** Only those of this purpose, by its name or a kind. Default: whatever they are for. */
  purpose?: string | AnyTempIDKind;
}

const RULES = {
  subject: { parse: parseText },
  purpose: { parse: parsePurpose },
} as const satisfies OptionRules<Omit<RevokeSubjectOptions, keyof StoreOptions>>;

/**
 * The options of `revoke` and `refund`, which are for the store.
 *
 * @throws TempIDConfigurationError for an option that is undefined or has no rule, and for a second token
 */
export function readStoreArguments(
  call: 'revoke' | 'refund',
  args: readonly unknown[],
  rules: NamedRules,
): StoreOptions & { readonly by?: string } {
  assertGiven(args, call, ['options']);
  const [options = {}] = args as [object | number | undefined];
  // A token has no property of its own that could be refused as no option.
  if (options instanceof TempID) {
    throw new TempIDConfigurationError(`${call} is for one token: call it once for each.`);
  }
  // `tokens.map(tempid.revoke, tempid)` gives an index.
  return typeof options === 'number' ? {} : pickOptions(options, rules, call);
}

/** @throws TempIDConfigurationError for an option that is wrong or undefined, and where there is no subject */
export function parseSubjectRevocation(
  options: RevokeSubjectOptions,
  storeRules: StoreRules,
): { readonly scope: RevocationScope; readonly ofStore: StoreOptions } {
  const rules = { ...RULES, ...storeRules };
  const { subject, purpose = null, ...ofStore } = readOptions(options, rules, 'revokeSubject');
  return { scope: { subject: parseText(subject, 'subject'), purpose }, ofStore };
}

/**
 * @param args a purpose, and options for the store beside it; or options with both
 * @throws TempIDConfigurationError for an option that is wrong, and for what is neither a purpose nor a kind
 */
export function parsePurposeRevocation(
  args: readonly unknown[],
  storeRules: StoreRules,
): { readonly scope: RevocationScope; readonly ofStore: StoreOptions } {
  assertGiven(args, 'revokePurpose', ['a purpose', 'options beside the purpose']);
  const [given, besidePurpose = {}] = args as [unknown, object?];
  const beside = pickOptions(besidePurpose, storeRules, 'revokePurpose');
  const isPurpose = typeof given !== 'object' || given instanceof TempIDKind;
  const options = isPurpose || given === null ? { purpose: given } : given;
  const rules = { purpose: RULES.purpose, ...storeRules };
  const { purpose, ...ofStore } = readOptions(options, rules, 'revokePurpose');
  return {
    scope: { purpose: parsePurpose(purpose), subject: null },
    ofStore: { ...ofStore, ...beside },
  };
}

/** @throws TempIDConfigurationError for what is neither a purpose nor a kind */
export function parsePurpose(given: unknown): string {
  if (given instanceof TempIDKind) return given.purpose;
  if (typeof given === 'string') return parseText(given, 'purpose');
  throw new TempIDConfigurationError(
    `'purpose' must be a string, or a kind that defineTempID made; got ${typeof given}.`,
  );
}

import { type Claims, MAX_USES } from '../token/claims.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { readOptions } from '../common/validation.js';
import {
  claimsOf,
  type CommonMintOptions,
  type Lifetime,
  PAYLOAD,
} from '../operations/mint-options.js';
import type { ResolvedOptions } from '../config/options.js';
import type { TempID } from '../token/tempid.js';
import { toCodeBinding } from './code-binding.js';
import { type CodeShapeOptions, formatCode, newCode, toCodeShape } from './code-shape.js';

/** What `mintCode` takes: what a token says, how often its code may be tried, and what the code looks like. */
export type MintCodeOptions<T = null> = Omit<
  CommonMintOptions<T>,
  'boundTo' | 'format' | 'maxUses'
> &
  Lifetime &
  CodeShapeOptions & {
    /** How often a code may be tried. Default: 5. */
    maxAttempts?: number;
  };

/** A code for a person, and the challenge that it answers. */
export interface MintedCode<T = null> {
  /** To be sent to the person, and to nobody else: it is in no log and in no answer to the browser. */
  readonly code: string;
  /** The same for reading: `123 456`, `CDFG-HJKM`. It may be typed either way. */
  readonly formatted: string;
  /** To be kept where the code will be typed. It verifies only with the code. */
  readonly challenge: TempID<T>;
}

const NAMES: ReadonlySet<string> = new Set<keyof MintCodeOptions>([
  'expiresIn',
  'expiresAt',
  'payload',
  'purpose',
  'subject',
  'audience',
  'notBefore',
  'replace',
  'maxAttempts',
  'digits',
  'alphabet',
  'length',
]);

/**
 * A new code, and the claims of its challenge.
 *
 * @param now Unix milliseconds
 * @throws TempIDConfigurationError, TempIDPayloadError, TempIDPayloadTooLargeError for the first option that is wrong
 */
export function toCodeAndClaims(
  given: MintCodeOptions<unknown>,
  defaults: ResolvedOptions,
  now: number,
): Pick<MintedCode, 'code' | 'formatted'> & { readonly claims: Claims } {
  const options = readOptions(given, NAMES, 'mintCode', PAYLOAD);
  if (!defaults.accept.includes('v3')) {
    throw new TempIDConfigurationError(
      `A challenge carries its code in the format v3: name it in the option 'accept' of the module.`,
    );
  }
  const { maxAttempts = 5 } = options;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1 || maxAttempts > MAX_USES) {
    throw new TempIDConfigurationError(`'maxAttempts' must be a whole number from 1.`);
  }
  const shape = toCodeShape(options, maxAttempts);
  const claims = claimsOf({ ...options, maxUses: maxAttempts }, defaults, now);
  const code = newCode(shape);
  return {
    code,
    formatted: formatCode(code, shape),
    claims: { ...claims, binding: toCodeBinding(code) },
  };
}

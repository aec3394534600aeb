import { MAX_USES } from '../token/claims.js';
import { type Duration, durationInSeconds } from '../common/duration.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { assertKnown } from '../common/validation.js';
import { assertKindOfCodes } from '../operations/kind-mint-options.js';
import {
  ANY_BINDING,
  readVerifyArguments,
  type VerifyArguments,
  type VerifyOptions,
} from '../operations/verify-options.js';

/** What a verifier asks of a challenge, as of any token, and over which time attempts are counted. */
export interface VerifyCodeOptions extends Pick<
  VerifyOptions,
  'purpose' | 'audience' | 'subject' | 'kind' | 'context'
> {
  /**
   * Counts the attempts also for the challenge's subject, over all its challenges of this purpose and audience:
   * in each window of this length, at most `'52w'`, as many as are named, or as the challenge allows.
   * Default: none.
   */
  window?: AttemptWindow;
}

/** `'1h'`, or `{ length: '1h', attempts: 20 }`. */
export type AttemptWindow = Duration | { readonly length: Duration; readonly attempts: number };

/** A window in seconds; without `attempts` it has as many as the challenge. */
export interface WindowRule {
  readonly length: number;
  readonly attempts: number | null;
}

/** What `verifyCode` takes beside a kind. */
export type KindVerifyCodeOptions = Omit<VerifyCodeOptions, 'purpose' | 'audience' | 'kind'>;

const NAMES: ReadonlySet<string> = new Set<keyof VerifyCodeOptions>([
  'purpose',
  'audience',
  'subject',
  'window',
  'kind',
  'context',
]);

const LONGEST_WINDOW = '52w';

/** @throws TempIDConfigurationError where something is asked for that nobody would check, or the window is wrong */
export function toVerification(args: VerifyArguments<VerifyCodeOptions>): {
  readonly ofToken: VerifyOptions;
  readonly window: WindowRule | null;
} {
  const options = readVerifyArguments('verifyCode', args, NAMES);
  const { window, context: _, ...ofChallenge } = options;
  if (options.kind) assertKindOfCodes(options.kind);
  return {
    ofToken: { ...ofChallenge, boundTo: ANY_BINDING },
    window: window === undefined ? null : toWindow(window),
  };
}

const WINDOW_NAMES: ReadonlySet<string> = new Set(['length', 'attempts']);

/** @throws TempIDConfigurationError where it is no window */
export function toWindow(window: unknown): WindowRule {
  if (typeof window !== 'object' || window === null) {
    return { length: toLength(window, `'window'`), attempts: null };
  }
  assertKnown(window, WINDOW_NAMES, 'window');
  const { length, attempts }: { length?: unknown; attempts?: unknown } = window;
  if (
    typeof attempts !== 'number' ||
    !Number.isInteger(attempts) ||
    attempts < 1 ||
    attempts > MAX_USES
  ) {
    throw new TempIDConfigurationError(`'window.attempts' must be a whole number from 1.`);
  }
  return { length: toLength(length, `'window.length'`), attempts };
}

function toLength(length: unknown, option: string): number {
  const seconds = durationInSeconds(length, option);
  if (seconds > 0 && seconds <= durationInSeconds(LONGEST_WINDOW, option)) return seconds;
  throw new TempIDConfigurationError(`${option} must be from '1s' to '${LONGEST_WINDOW}'.`);
}

import { type Duration, durationInSeconds } from '../duration.js';
import { TempIDConfigurationError } from '../errors.js';
import { expectKnown } from '../expect.js';
import { expectKindOfCodes } from '../kinds/kind-mint-options.js';
import { ANY_BINDING, expectKindAlone, type VerifyOptions } from '../verify-options.js';

/** What a verifier asks of a challenge, as of any token, and over which time attempts are counted. */
export interface VerifyCodeOptions extends Pick<
  VerifyOptions,
  'purpose' | 'audience' | 'subject' | 'kind' | 'context'
> {
  /**
   * Counts the attempts also for the challenge's subject, over all its challenges of this purpose and audience:
   * as many in each window of this length as the challenge allows. At most `'52w'`. Default: none.
   */
  window?: Duration | undefined;
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
export function toVerification(options: VerifyCodeOptions): {
  readonly ofToken: VerifyOptions;
  /** Seconds. */
  readonly window: number | null;
} {
  expectKnown(options, NAMES, 'verifyCode');
  expectKindAlone(options);
  const { purpose, audience, window, kind } = options;
  if (kind) expectKindOfCodes(kind);
  return {
    ofToken: {
      purpose,
      audience,
      kind,
      ...('subject' in options && { subject: options.subject }),
      boundTo: ANY_BINDING,
    },
    window: window === undefined ? null : toWindow(window),
  };
}

/** Seconds. */
export function toWindow(window: unknown): number {
  const seconds = durationInSeconds(window, `'window'`);
  if (seconds > 0 && seconds <= durationInSeconds(LONGEST_WINDOW, `'window'`)) return seconds;
  throw new TempIDConfigurationError(`'window' must be from '1s' to '${LONGEST_WINDOW}'.`);
}

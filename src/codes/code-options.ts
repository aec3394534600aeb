import { type Duration, durationInSeconds } from '../common/duration.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { asGiven, oneOf, type OptionRules, pickOptions } from '../common/options.js';
import { type AnyTempIDKind, definitionOf } from '../kinds/tempid-kind.js';
import {
  type CommonMintOptions,
  type Lifetime,
  MINT_RULES,
  rulesBesideKind,
} from '../operations/mint-options.js';
import type { StoreOptions } from '../stores/tempid-store.js';
import type { UsesInfo } from '../operations/use-counter.js';
import { USE_BY_RULES } from '../operations/used-by.js';
import { VERIFY_RULES, type VerifyOptions } from '../operations/verify-options.js';
import { MAX_USES } from '../token/claims.js';
import type { TempID } from '../token/tempid.js';
import { CODE_SHAPE_RULES, type CodeShapeOptions } from './code-shape.js';

/** The formats that carry what a challenge is bound to, and nobody can read. */
type ChallengeFormat = 'v3' | 'short';

/** What `mintCode` takes: the claims of the challenge, how often its code may be tried, and what the code looks like. */
export type MintCodeOptions<T = null> = Omit<
  CommonMintOptions<T>,
  'boundTo' | 'format' | 'maxUses'
> &
  Lifetime &
  CodeShapeOptions & {
    /** How often a code may be tried. Default: 5. */
    maxAttempts?: number;
    /** The wire format of the challenge. Default: v3, and short where that is the format of the module. */
    format?: ChallengeFormat;
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

/** What a challenge must be, as any token, and over which time attempts are counted. */
export interface VerifyCodeOptions extends Pick<
  VerifyOptions,
  'purpose' | 'audience' | 'subject' | 'kind' | 'context'
> {
  /** Who types the code, for `repeat`. */
  by?: string;
  /**
   * With `by`: how long after the right code the same one may send it once more, such as by a double click. Default: not
   * at all.
   */
  repeat?: Duration | true;
  /**
   * Counts the attempts also for the challenge's subject, over all its challenges of this purpose and audience:
   * in each window of this length, at most `'52w'`, as many as are named, or as the challenge allows.
   * Default: none.
   */
  window?: AttemptWindow;
}

/** `'1h'`, or `{ length: '1h', attempts: 20 }`. */
export type AttemptWindow = Duration | { readonly length: Duration; readonly attempts: number };

/** How many attempts there are for the code of a challenge, and what limits them. */
export interface AttemptsInfo {
  /** How many there still are: the fewer of those of the challenge and those of its subject. */
  readonly left: number;
  /** Those that the challenge has for itself. */
  readonly challenge: UsesInfo;
  /** Those that its subject has in this window, for all of its challenges; null without `window`. */
  readonly subject: UsesInfo | null;
}

/** A window in seconds; without `attempts` it has as many as the challenge. */
export interface WindowRule {
  readonly length: number;
  readonly attempts: number | null;
}

const { boundTo: _1, format: _2, maxUses: _3, ...OF_CHALLENGE } = MINT_RULES;

/** How the options of `mintCode` are read: its challenge is bound to the code, and its uses are the attempts. */
export const MINT_CODE_RULES = {
  ...OF_CHALLENGE,
  maxAttempts: { parse: parseAttempts, default: 5 },
  format: { parse: oneOf('v3', 'short') },
  ...CODE_SHAPE_RULES,
} as const satisfies OptionRules<Omit<MintCodeOptions, keyof StoreOptions>>;

/** The same beside a kind. */
export const MINT_CODE_BESIDE_KIND = rulesBesideKind(MINT_CODE_RULES);

const { boundTo: _4, checkUses: _5, ...OF_TOKEN } = VERIFY_RULES;

/** How the options of `verifyCode` are read: whoever verifies a code asks the store, and names no binding. */
export const VERIFY_CODE_RULES = {
  ...OF_TOKEN,
  ...USE_BY_RULES,
  window: asGiven<AttemptWindow>(),
} as const satisfies OptionRules<VerifyCodeOptions>;

/** How the options of `attemptsInfo` are read. */
export const ATTEMPTS_RULES = { window: asGiven<AttemptWindow>() } as const satisfies OptionRules<
  Pick<VerifyCodeOptions, 'window'>
>;

const MAX_WINDOW = '52w';

const WINDOW_RULES = {
  length: asGiven<unknown>(),
  attempts: asGiven<unknown>(),
} as const satisfies OptionRules<Exclude<AttemptWindow, string>>;

/** @throws TempIDConfigurationError where it is no window */
export function parseWindow(window: unknown): WindowRule {
  if (typeof window !== 'object' || window === null) {
    return { length: parseLength(window, 'window'), attempts: null };
  }
  const { length, attempts } = pickOptions(window, WINDOW_RULES, 'window') as {
    length?: unknown;
    attempts?: unknown;
  };
  return {
    length: parseLength(length, 'window.length'),
    attempts: parseAttempts(attempts, 'window.attempts'),
  };
}

function parseLength(length: unknown, option: string): number {
  const seconds = durationInSeconds(length, `'${option}'`);
  if (seconds > 0 && seconds <= durationInSeconds(MAX_WINDOW, option)) return seconds;
  throw new TempIDConfigurationError(`'${option}' must be from '1s' to '${MAX_WINDOW}'.`);
}

function parseAttempts(attempts: unknown, option: string): number {
  if (Number.isInteger(attempts) && Number(attempts) >= 1 && Number(attempts) <= MAX_USES) {
    return Number(attempts);
  }
  throw new TempIDConfigurationError(`'${option}' must be a whole number from 1.`);
}

/** @throws TempIDConfigurationError for a kind that limits the uses of its tokens or binds them, as a code does itself */
export function assertKindOfCodes(kind: AnyTempIDKind): void {
  const { maxUses, boundTo } = definitionOf(kind);
  if (maxUses === undefined && !boundTo) return;
  throw new TempIDConfigurationError(
    `The kind '${kind.purpose}' has '${boundTo ? 'boundTo' : 'maxUses'}', and a challenge is bound to its code and ` +
      `has 'maxAttempts': define another kind for codes.`,
  );
}

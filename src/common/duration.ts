import { TempIDConfigurationError } from './errors.js';

/** A whole number and its unit: seconds, minutes, hours, days or weeks. `'30s'`, `'15m'`, `'7d'`. */
export type Duration = `${bigint}${'s' | 'm' | 'h' | 'd' | 'w'}`;

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 } as const;
const MINUTE = SECONDS.m;
const HOUR = SECONDS.h;
const DAY = SECONDS.d;

function isUnit(letter: string | undefined): letter is keyof typeof SECONDS {
  return letter !== undefined && Object.hasOwn(SECONDS, letter);
}

/**
 * The length of a {@link Duration} in seconds.
 *
 * @param option the option that the value was given as; it is named in the error
 * @throws {@link TempIDConfigurationError} where the value is no duration
 */
export function durationInSeconds(value: unknown, option: string): number {
  const [, digits, unit] = (typeof value === 'string' && /^(\d{1,10})([a-z])$/.exec(value)) || [];
  if (digits === undefined || !isUnit(unit)) {
    throw new TempIDConfigurationError(
      `${option} must be a whole number and one of s, m, h, d, w, such as '15m'; got ${describe(value)}.`,
    );
  }
  return Number(digits) * SECONDS[unit];
}

/**
 * Reads an option that is a {@link Duration}, from `min` to `max`: seconds.
 *
 * @throws {@link TempIDConfigurationError} where the value is no duration, or out of bounds
 */
export function durationOption({ min = '0s', max }: { min?: Duration; max?: Duration } = {}) {
  return (value: unknown, option: string): number => {
    const seconds = durationInSeconds(value, `'${option}'`);
    if (seconds < durationInSeconds(min, 'min')) {
      throw new TempIDConfigurationError(`'${option}' must be at least '${min}'.`);
    }
    if (max !== undefined && seconds > durationInSeconds(max, 'max')) {
      throw new TempIDConfigurationError(`'${option}' must be at most '${max}'.`);
    }
    return seconds;
  };
}

/** Milliseconds as `45s`, `14m 52s`, `1h 30m` or `3d 0h`: its two largest units. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1_000);
  if (seconds < MINUTE) return `${seconds}s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}m ${seconds % MINUTE}s`;
  if (seconds < DAY) {
    return `${Math.floor(seconds / HOUR)}h ${Math.floor((seconds % HOUR) / MINUTE)}m`;
  }
  return `${Math.floor(seconds / DAY)}d ${Math.floor((seconds % DAY) / HOUR)}h`;
}

/** A wrong value for an error message: short, and only where it cannot be a secret. */
function describe(value: unknown): string {
  if (typeof value === 'string') return value.length <= 20 ? `'${value}'` : 'a longer string';
  return typeof value === 'number' ? `the number ${value}` : typeof value;
}

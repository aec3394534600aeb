import { TempIDConfigurationError } from './errors.js';

/**
 * Refuses options that are not there, since nobody would heed them.
 *
 * @param what whose options they are, for the message
 * @throws {@link TempIDConfigurationError} for the first, with those that there are
 */
export function expectKnown(options: object, names: ReadonlySet<string>, what: string): void {
  for (const name of Object.keys(options)) {
    if (names.has(name)) continue;
    const known = names.size > 0 ? `The options are ${[...names].join(', ')}` : 'There are none';
    throw new TempIDConfigurationError(`${what} has no option '${name}'. ${known}.`);
  }
}

/** @throws {@link TempIDConfigurationError} where the value is no text, or an empty one */
export function expectText(value: unknown, option: string): string {
  if (typeof value === 'string' && value !== '' && value.isWellFormed()) return value;
  const got = value === '' ? 'an empty one' : typeof value;
  throw new TempIDConfigurationError(`'${option}' must be a string that is not empty; got ${got}.`);
}

/** As {@link expectText}, and null for undefined. */
export function expectTextIfGiven(value: unknown, option: string): string | null {
  return value === undefined ? null : expectText(value, option);
}

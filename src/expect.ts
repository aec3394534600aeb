import { TempIDConfigurationError } from './errors.js';

const NONE: ReadonlySet<string> = new Set();

/**
 * The options that are there, own and inherited ones alike, in a plain object: a getter of a class and a default of
 * a prototype are options as well.
 *
 * An option that is there and undefined is refused, since it was meant to restrict something: of two files that
 * import each other, the one that is loaded first gets undefined for what the other exports.
 *
 * @param what whose options they are, for the message
 * @param mayBeUndefined those that say what undefined means
 * @throws {@link TempIDConfigurationError} for the first option that nobody would heed, or that is undefined
 */
export function readOptions<Options extends object>(
  options: Options,
  names: ReadonlySet<string>,
  what: string,
  mayBeUndefined: ReadonlySet<string> = NONE,
): Options {
  expectKnown(options, names, what);
  const read: Record<string, unknown> = {};
  for (const name of names) {
    if (!(name in options)) continue;
    const value: unknown = Reflect.get(options, name);
    if (value === undefined && !mayBeUndefined.has(name)) throw undefinedFor(`'${name}'`, what);
    read[name] = value;
  }
  return read as Options;
}

/**
 * Refuses an argument that is there and undefined: `mint(Invite)` where `Invite` is not loaded yet would make a token
 * of no kind.
 *
 * @param names of the arguments, for the message; one without a name may be undefined
 * @throws {@link TempIDConfigurationError}
 */
export function expectGiven(
  args: readonly unknown[],
  what: string,
  names: readonly (string | null)[],
): void {
  for (const [index, value] of args.entries()) {
    const name = names[index];
    if (value === undefined && name) throw undefinedFor(name, what);
  }
}

function undefinedFor(name: string, what: string): TempIDConfigurationError {
  return new TempIDConfigurationError(
    `${what} was given ${name}, and it is undefined. Leave it out if there is none to give. Otherwise its import is ` +
      'probably part of a circle: two files import each other, and the one that is loaded first gets undefined.',
  );
}

/**
 * Refuses options that are not there, since nobody would heed them.
 *
 * @param what whose options they are, for the message
 * @throws {@link TempIDConfigurationError} for what is no object, and for the first such option, with those that
 *   there are
 */
export function expectKnown(options: object, names: ReadonlySet<string>, what: string): void {
  if (typeof options !== 'object' || options === null) {
    throw new TempIDConfigurationError(
      `${what} takes an object of options; got ${options === null ? 'null' : typeof options}.`,
    );
  }
  for (const name in options) {
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

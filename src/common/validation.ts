import { TempIDConfigurationError } from './errors.js';

/**
 * Refuses an argument that is there and undefined or null: `mint(Invite)` where `Invite` is not loaded yet would make
 * a token of no kind.
 *
 * @param names of the arguments, for the message; one without a name may be either
 * @throws {@link TempIDConfigurationError}
 */
export function assertGiven(
  args: readonly unknown[],
  what: string,
  names: readonly (string | null)[],
): void {
  for (const [index, value] of args.entries()) {
    const name = names[index];
    if (isMissing(value) && name) throw missingOption(value, name, what);
  }
}

function isMissing(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

export function missingOption(
  value: null | undefined,
  name: string,
  what: string,
): TempIDConfigurationError {
  const circle =
    value === null
      ? ''
      : ' Otherwise it is not configured, or its import is part of a circle: two files import each other, and the one ' +
        'that is loaded first gets undefined.';
  return new TempIDConfigurationError(
    `${what} was given ${name}, and it is ${value}. Leave it out if there is none to give.${circle}`,
  );
}

/**
 * Refuses options that have no rule, since they would have no effect. A list, a Map or a promise is refused as well: its
 * contents are no properties.
 *
 * @param what whose options they are, for the message
 * @throws {@link TempIDConfigurationError} for what is no object, and for the first such option, with those that
 *   there are
 */
export function assertKnown(
  options: object,
  names: ReadonlySet<string> | Readonly<Record<string, unknown>>,
  what: string,
): void {
  const type = Object.prototype.toString.call(options).slice('[object '.length, -1);
  if (type !== 'Object') {
    throw new TempIDConfigurationError(`${what} takes an object of options; got ${type}.`);
  }
  const isKnown = (name: string) =>
    names instanceof Set ? names.has(name) : Object.hasOwn(names, name);
  for (const name in options) {
    if (isKnown(name)) continue;
    const all = names instanceof Set ? [...(names as Set<string>)] : Object.keys(names);
    const list = all.length > 0 ? `The options are ${all.join(', ')}` : 'There are none';
    throw new TempIDConfigurationError(`${what} has no option '${name}'. ${list}.`);
  }
}

/** @throws {@link TempIDConfigurationError} where the value is no text, or an empty one */
export function parseText(value: unknown, option: string): string {
  if (typeof value === 'string' && value !== '' && value.isWellFormed()) return value;
  const got = value === '' ? 'an empty one' : typeof value;
  throw new TempIDConfigurationError(`'${option}' must be a string that is not empty; got ${got}.`);
}

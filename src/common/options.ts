import { TempIDConfigurationError } from './errors.js';

/**
 * How one option is read. Its name, type and doc stand in the interface beside the table of rules.
 *
 * @typeParam Value what it is once it is read
 */
export interface OptionRule<Value = unknown> {
  /**
   * Gives the value as it is used, from one that is not undefined.
   *
   * @throws TempIDConfigurationError for a value that is wrong
   */
  readonly parse: (value: unknown, option: string) => Value;
  /** Read in its place where it is not given. Without one the option is then no property of what is read. */
  readonly default?: unknown;
  /**
   * What becomes of undefined and null, which are refused without it. `'default'`: undefined counts as not given, and
   * null is parsed. `'kept'`: both stay what they are, and null is parsed.
   */
  readonly missing?: 'default' | 'kept';
}

/** A rule for each option of a call: its keys are the options that there are. */
export type OptionRules<Options extends object> = {
  readonly [Name in keyof Options]-?: OptionRule;
};

/** Options as {@link readOptions} gives them by these rules. */
export type ReadOptions<Rules> = {
  readonly [
    Name in keyof Rules as Rules[Name] extends { default: unknown } ? Name : never
  ]: Rules[Name] extends OptionRule<infer Value> ? Value : never;
} & {
  readonly [
    Name in keyof Rules as Rules[Name] extends { default: unknown } ? never : Name
  ]?: Rules[Name] extends OptionRule<infer Value> ? Value : never;
};

/**
 * The options that are there, own and inherited ones alike, as a plain object: a getter of a class and a default of a
 * prototype are options as well.
 *
 * An option that is there and undefined or null is refused, since it was meant to restrict something: of two files
 * that import each other, the one that is loaded first gets undefined for what the other exports, and databases give
 * null.
 *
 * @param what whose options they are, for the message
 * @throws TempIDConfigurationError for the first option that has no rule, or that is undefined or null
 */
export function pickOptions<Options extends object>(
  options: Options,
  rules: NamedRules,
  what: string,
): Options {
  assertKnown(options, rules, what);
  const picked: Record<string, unknown> = {};
  for (const name in rules) {
    const value = pickOption(options, name, rules[name], what);
    if (value !== ABSENT) picked[name] = value;
  }
  return picked as Options;
}

/**
 * As {@link pickOptions}, each read by its rule.
 *
 * @throws TempIDConfigurationError also for the first option that is wrong
 */
export function readOptions<Given extends NamedRules>(
  options: object,
  rules: Given,
  what: string,
): ReadOptions<Given> {
  assertKnown(options, rules, what);
  const read: Record<string, unknown> = {};
  for (const name in rules) {
    const rule = rules[name];
    const picked = pickOption(options, name, rule, what);
    const value = picked === ABSENT ? rule?.default : picked;
    if (value !== undefined) read[name] = rule?.parse(value, name);
    else if (picked !== ABSENT) read[name] = undefined;
  }
  return read as ReadOptions<Given>;
}

/** A table of rules by the names of the options. */
export type NamedRules = Readonly<Record<string, OptionRule>>;

const ABSENT = Symbol('an option that is not given');

function pickOption(
  options: object,
  name: string,
  rule: OptionRule | undefined,
  what: string,
): unknown {
  if (!(name in options)) return ABSENT;
  const value: unknown = Reflect.get(options, name);
  if (value === undefined && rule?.missing === 'default') return ABSENT;
  if ((value !== undefined && value !== null) || rule?.missing !== undefined) return value;
  throw missingOption(value, `'${name}'`, what);
}

/** An option whose value is used as it is given; what it may be, its reader knows. */
export function asGiven<Value>(): OptionRule<Value> {
  return { parse: (value) => value as Value };
}

/** @throws TempIDConfigurationError for a value that is none of these */
export function oneOf<const Value extends string | boolean>(
  ...values: readonly Value[]
): (value: unknown, option: string) => Value {
  return (value, option) => {
    const found = values.find((allowed) => allowed === value);
    if (found !== undefined) return found;
    const names = values.map((allowed) =>
      typeof allowed === 'string' ? `'${allowed}'` : `${allowed}`,
    );
    throw new TempIDConfigurationError(`'${option}' must be ${names.join(' or ')}.`);
  };
}

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

function missingOption(
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
 * @param known an object with a property for each option that there is
 * @param what whose options they are, for the message
 * @throws {@link TempIDConfigurationError} for what is no object, and for the first such option, with those that
 *   there are
 */
export function assertKnown(options: object, known: object, what: string): void {
  const type = Object.prototype.toString.call(options).slice('[object '.length, -1);
  if (type !== 'Object') {
    throw new TempIDConfigurationError(`${what} takes an object of options; got ${type}.`);
  }
  for (const name in options) {
    if (Object.hasOwn(known, name)) continue;
    const names = Object.keys(known);
    const list = names.length > 0 ? `The options are ${names.join(', ')}` : 'There are none';
    throw new TempIDConfigurationError(`${what} has no option '${name}'. ${list}.`);
  }
}

/** @throws {@link TempIDConfigurationError} where the value is no text, or an empty one */
export function parseText(value: unknown, option: string): string {
  if (typeof value === 'string' && value !== '' && value.isWellFormed()) return value;
  const got = value === '' ? 'an empty one' : typeof value;
  throw new TempIDConfigurationError(`'${option}' must be a string that is not empty; got ${got}.`);
}

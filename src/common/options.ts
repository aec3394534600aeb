import { TempIDConfigurationError } from './errors.js';
import { assertKnown, missingOption } from './validation.js';

/**
 * What is known of one option beside its name, its type and its doc.
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
   * What undefined and null say, which are otherwise refused. `'default'`: undefined that the option is not given, null
   * what `parse` makes of it. `'kept'`: both whatever they say to who reads them.
   */
  readonly missing?: 'default' | 'kept';
}

/** A rule for each option of a call, from which the names follow that there are. */
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
 * @throws TempIDConfigurationError for the first option that nobody would heed, or that is undefined or null
 */
export function pickOptions<Options extends object>(
  options: Options,
  rules: Readonly<Record<string, OptionRule>>,
  what: string,
): Options {
  assertKnown(options, new Set(Object.keys(rules)), what);
  const picked: Record<string, unknown> = {};
  for (const [name, { missing }] of Object.entries(rules)) {
    if (!(name in options)) continue;
    const value: unknown = Reflect.get(options, name);
    if (value === undefined && missing === 'default') continue;
    const isMissing = value === undefined || value === null;
    if (isMissing && missing === undefined) throw missingOption(value, `'${name}'`, what);
    picked[name] = value;
  }
  return picked as Options;
}

/**
 * As {@link pickOptions}, each read by its rule.
 *
 * @throws TempIDConfigurationError also for the first option that is wrong
 */
export function readOptions<Rules extends Readonly<Record<string, OptionRule>>>(
  options: object,
  rules: Rules,
  what: string,
): ReadOptions<Rules> {
  const picked: Readonly<Record<string, unknown>> = { ...pickOptions(options, rules, what) };
  const read: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries<OptionRule>(rules)) {
    const value = name in picked ? picked[name] : rule.default;
    if (value !== undefined) read[name] = rule.parse(value, name);
    else if (name in picked) read[name] = undefined;
  }
  return read as ReadOptions<Rules>;
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
    const found = values.find((known) => known === value);
    if (found !== undefined) return found;
    const names = values.map((known) => (typeof known === 'string' ? `'${known}'` : `${known}`));
    throw new TempIDConfigurationError(`'${option}' must be ${names.join(' or ')}.`);
  };
}

import { TempIDConfigurationError } from '../common/errors.js';
import { assertGiven } from '../common/options.js';
import { type AnyTempIDKind, TempIDKind } from './tempid-kind.js';

const NAMES = ['a kind or options', 'options beside the kind'] as const;

/**
 * What a call was given: options, or a kind and options beside it, which come last.
 *
 * @param call its name, for messages
 * @param names of the arguments, for messages; one without a name may be undefined
 * @throws TempIDConfigurationError for an argument that is undefined or null, and for a second object of options
 */
export function readKindArguments(
  call: string,
  args: readonly unknown[],
  names: readonly (string | null)[] = NAMES,
): { readonly kind: AnyTempIDKind | null; readonly options: object } {
  assertGiven(args, call, names);
  const [given = {}] = args;
  if (given instanceof TempIDKind) {
    return { kind: given, options: args[names.length - 1] ?? {} };
  }
  if (args.length > 1) throw onlyBesideKind(call);
  return { kind: null, options: given as object };
}

/** Options that come second, after options, would be read by nobody. */
export function onlyBesideKind(call: string): TempIDConfigurationError {
  return new TempIDConfigurationError(
    `${call} takes more than one object of options only after a kind that defineTempID made.`,
  );
}

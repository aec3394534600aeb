import { assertGiven } from '../common/validation.js';
import { type AnyTempIDKind, TempIDKind } from '../kinds/tempid-kind.js';
import { onlyBesideKind } from '../kinds/kind-arguments.js';

/** What a decorator of a route is given: nothing, options, or a kind and options beside it. */
export type DecoratorArguments<Options> = [given?: Options | AnyTempIDKind, besideKind?: Options];

/**
 * @param decorator its name, for messages
 * @throws TempIDConfigurationError for a kind or options that are undefined, and for options that nobody would heed
 */
export function readDecoratorArguments<Options>(
  decorator: string,
  args: DecoratorArguments<Options>,
): { readonly kind: AnyTempIDKind | undefined; readonly options: Options | undefined } {
  assertGiven(args, decorator, ['a kind or options', 'options beside the kind']);
  const [given, besideKind] = args;
  if (given instanceof TempIDKind) return { kind: given, options: besideKind };
  if (args.length > 1) throw onlyBesideKind(decorator);
  return { kind: undefined, options: given };
}

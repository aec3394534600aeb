import {
  applyDecorators,
  type CanActivate,
  SetMetadata,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { durationOption } from '../common/duration.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { assertGiven, type OptionRules, pickOptions } from '../common/options.js';
import { mark } from '../guards/marks.js';
import { type AnyTempIDKind, definitionOf, TempIDKind } from '../kinds/tempid-kind.js';
import { onlyBesideKind } from '../kinds/kind-arguments.js';
import { parseRepeat } from '../operations/used-by.js';
import { parseExtractors } from '../requests/extractors.js';
import { type TempIDRoute, USE_TEMPID, type UseTempIDOptions } from '../requests/route-options.js';

/** Nothing, options, or a kind and options beside it. */
export type DecoratorArguments<Options> = [first?: Options | AnyTempIDKind, besideKind?: Options];

/** A decorator of a route: its name, for messages, the options that it takes, and the guard that it puts there. */
interface RouteDecorator<Options extends object> {
  readonly name: string;
  readonly rules: OptionRules<Options>;
  readonly guard: Type<CanActivate>;
}

/**
 * The route that a decorator's arguments describe.
 *
 * @throws TempIDConfigurationError for what is undefined, and for the first option that nobody would heed or that is
 *   wrong
 */
export function readRoute<Options extends Partial<UseTempIDOptions>>(
  args: DecoratorArguments<Options>,
  { name, rules, guard: base }: RouteDecorator<Options>,
) {
  assertGiven(args, name, ['a kind or options', 'options beside the kind']);
  const [first = {} as Options, besideKind = {} as Options] = args;
  const kind = first instanceof TempIDKind ? first : undefined;
  if (!kind && args.length > 1) throw onlyBesideKind(name);
  const options = pickOptions(first instanceof TempIDKind ? besideKind : first, rules, name);
  const { guard = base, extract } = options;
  if (extract) parseExtractors(extract, 'extract');
  // Any other guard would not know what to ask of the request.
  if (guard !== base && !(Object(guard).prototype instanceof base)) {
    throw new TempIDConfigurationError(
      `The option 'guard' of ${name} must be a class that extends ${base.name}.`,
    );
  }
  if (kind) assertNoneOfKind(kind, options, name);
  const { grace: _, ...others } = { ...options, ...readBy(options, name) };
  return { ...others, ...(kind && { kind }), guard };
}

/**
 * By whom a token is used: `grace` in the words of `by` and `repeat`.
 *
 * @throws TempIDConfigurationError for an option that is wrong, or needs another
 */
function readBy(
  { by, repeat, grace, resumable }: Partial<UseTempIDOptions>,
  decorator: string,
): Pick<TempIDRoute, 'by' | 'repeat'> {
  const of = (option: string) => `The option '${option}' of ${decorator}`;
  if (grace !== undefined) {
    if (by !== undefined || repeat !== undefined) {
      throw new TempIDConfigurationError(
        `${of('grace')} stands for 'by' and 'repeat': leave them out.`,
      );
    }
    durationOption({ min: '1s', max: '1m' })(grace, 'grace');
    return readBy({ by: 'form', repeat: grace, ...(resumable && { resumable }) }, decorator);
  }
  if (by === undefined) {
    if (repeat === undefined) return {};
    throw new TempIDConfigurationError(`${of('repeat')} needs 'by'.`);
  }
  if (by !== 'form' && typeof by !== 'function') {
    throw new TempIDConfigurationError(`${of('by')} must be 'form' or a function of the context.`);
  }
  if (resumable) {
    throw new TempIDConfigurationError(
      `${of('resumable')} lets whoever has the token go on: in its place, 'repeat' lets the same one come again.`,
    );
  }
  if (repeat !== undefined) parseRepeat(repeat, 'repeat');
  return { by, ...(repeat !== undefined && { repeat }) };
}

/** @throws TempIDConfigurationError for an option that the kind gives */
function assertNoneOfKind(kind: AnyTempIDKind, options: object, decorator: string): void {
  const ofKind = ['purpose', 'audience', ...(definitionOf(kind).boundTo ? ['boundTo'] : [])];
  const name = ofKind.find((each) => each in options);
  if (name === undefined) return;
  throw new TempIDConfigurationError(
    `${decorator} takes '${name}' from the kind '${kind.purpose}': leave it out.`,
  );
}

/** Puts the guard of a route, and the options that it goes by, on a handler or a class. */
export function decorateRoute(
  decorator: string,
  route: TempIDRoute & { readonly guard: Type<CanActivate> },
): ClassDecorator & MethodDecorator {
  const { guard } = route;
  return applyDecorators(
    mark({ decorator, route, guard }),
    SetMetadata(USE_TEMPID, route),
    UseGuards(guard),
  );
}

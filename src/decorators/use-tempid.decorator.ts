import { TempIDConfigurationError } from '../common/errors.js';
import { TempIDGuard } from '../guards/tempid.guard.js';
import type { AnyTempIDKind, BesideKind, NoKind } from '../kinds/tempid-kind.js';
import { ROUTE_RULES, type TempIDRoute, type UseTempIDOptions } from '../requests/route-options.js';
import { type DecoratorArguments, decorateRoute, readRoute } from './route-decorator.js';

/**
 * Lets a request to a handler, or to any handler of a class, through only with a good token. The options
 * of a handler replace those of its class.
 *
 * @throws {@link TempIDConfigurationError} for an option that is not there, a wrong 'consume', or a handler
 *   or class that has another decorator of this module: the request would be checked by the options of one
 * @param options `true` stands for `{ consume: true }`. A kind may come before them: it says the purpose and the
 *   audience, reads the payload by its schema, and knows what a token must be bound to
 * @example
 * \@Post('reset')
 * \@UseTempID({ purpose: 'password-reset', consume: true })
 * reset(@TokenPayload('userId') userId: number) {}
 * @example
 * \@Post('reset')
 * \@UseTempID(PasswordReset, { consume: true })
 * reset(@TokenPayload() { userId }: PayloadOf<typeof PasswordReset>) {}
 */
export function UseTempID(
  kind: AnyTempIDKind,
  options?: boolean | BesideKind<UseTempIDOptions>,
): ClassDecorator & MethodDecorator;
export function UseTempID(
  options?: boolean | (UseTempIDOptions & NoKind),
): ClassDecorator & MethodDecorator;
export function UseTempID(
  ...args: DecoratorArguments<boolean | UseTempIDOptions>
): ClassDecorator & MethodDecorator {
  const name = '@UseTempID';
  const withOptions = args.map((arg) => (typeof arg === 'boolean' ? { consume: arg } : arg));
  const route = readRoute(withOptions as DecoratorArguments<UseTempIDOptions>, {
    name,
    rules: ROUTE_RULES,
    guard: TempIDGuard,
  });
  assertConsumption(route, name);
  return decorateRoute(name, route);
}

function assertConsumption({ consume, resumable, by }: TempIDRoute, decorator: string): void {
  if (![undefined, true, false, 'on-success'].includes(consume)) {
    throw new TempIDConfigurationError(
      `The option 'consume' of ${decorator} must be true, false or 'on-success'.`,
    );
  }
  if (![undefined, true, false].includes(resumable)) {
    throw new TempIDConfigurationError(
      `The option 'resumable' of ${decorator} must be true or false.`,
    );
  }
  if (resumable && !consume) {
    throw new TempIDConfigurationError(
      `The option 'resumable' of ${decorator} needs 'consume': without it no request spends a use.`,
    );
  }
  if (by && !consume) {
    throw new TempIDConfigurationError(
      `The options 'by' and 'grace' of ${decorator} need 'consume': without it nobody uses the token.`,
    );
  }
}

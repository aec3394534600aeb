import { assertKindOfCodes, parseWindow } from '../codes/code-options.js';
import {
  CODE_ROUTE_RULES,
  type TempIDCodeRoute,
  type UseTempIDCodeOptions,
} from '../codes/code-route-options.js';
import { TempIDCodeGuard } from '../guards/tempid-code.guard.js';
import type { AnyTempIDKind, BesideKind, NoKind } from '../kinds/tempid-kind.js';
import { fromBody, parseExtractors } from '../requests/extractors.js';
import { type DecoratorArguments, decorateRoute, readRoute } from './route-decorator.js';

/**
 * Lets a request to a handler, or to any handler of a class, through only with a challenge and its code. Every
 * request that has both is an attempt, and a right code ends the challenge. The options of a handler
 * replace those of its class; a kind may come before them. `@CurrentTempID` and `@TokenPayload` give the challenge and its payload.
 *
 * @throws {@link TempIDConfigurationError} for an option that is not there, a wrong 'window', or a handler
 *   that has another of these decorators
 * @example
 * \@Post('login/code')
 * \@UseTempIDCode({ purpose: 'login', window: '1h' })
 * login(@CurrentTempID() { subject }: TempID) {}
 */
export function UseTempIDCode(
  kind: AnyTempIDKind,
  options?: BesideKind<UseTempIDCodeOptions>,
): ClassDecorator & MethodDecorator;
export function UseTempIDCode(
  options?: UseTempIDCodeOptions & NoKind,
): ClassDecorator & MethodDecorator;
export function UseTempIDCode(
  ...args: DecoratorArguments<UseTempIDCodeOptions>
): ClassDecorator & MethodDecorator {
  const name = '@UseTempIDCode';
  const read = readRoute(args, { name, rules: CODE_ROUTE_RULES, guard: TempIDCodeGuard });
  const { kind, code, window } = read;
  if (kind) assertKindOfCodes(kind);
  if (code) parseExtractors(code, 'code');
  if (window !== undefined) parseWindow(window);
  const route = {
    extract: fromBody('challenge'),
    code: fromBody('code'),
    ...read,
    consume: true,
  } satisfies TempIDCodeRoute;
  return decorateRoute(name, route);
}

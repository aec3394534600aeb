import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import { assertKindOfCodes, parseWindow } from '../codes/code-options.js';
import { pickOptions } from '../common/options.js';
import { parseExtractors, fromBody } from '../requests/extractors.js';
import { mark } from '../guards/marks.js';
import { TempIDCodeGuard } from '../guards/tempid-code.guard.js';
import {
  CODE_ROUTE_RULES,
  type TempIDCodeRoute,
  type UseTempIDCodeKindOptions,
  type UseTempIDCodeOptions,
} from '../codes/code-route-options.js';
import { USE_TEMPID } from '../requests/route-options.js';
import type { AnyTempIDKind, NoKind } from '../kinds/tempid-kind.js';
import { type DecoratorArguments, readDecoratorArguments } from './decorator-arguments.js';
import { assertGuard, assertOpenOptions } from './use-tempid.decorator.js';

/**
 * Lets a request to a handler, or to any handler of a class, through only with a challenge and its code. Every
 * request that has both spends an attempt, and a right code ends the challenge. The options of a handler
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
  options?: UseTempIDCodeKindOptions,
): ClassDecorator & MethodDecorator;
export function UseTempIDCode(
  options?: UseTempIDCodeOptions & NoKind,
): ClassDecorator & MethodDecorator;
export function UseTempIDCode(
  ...args: DecoratorArguments<UseTempIDCodeOptions>
): ClassDecorator & MethodDecorator {
  const { kind, options: given = {} } = readDecoratorArguments('@UseTempIDCode', args);
  const options = pickOptions(given, CODE_ROUTE_RULES, '@UseTempIDCode');
  if (kind) assertKindOfCodes(kind);
  if (kind) assertOpenOptions(kind, options, '@UseTempIDCode');
  if ('extract' in options) parseExtractors(options.extract, 'extract');
  if ('code' in options) parseExtractors(options.code, 'code');
  if ('guard' in options) assertGuard(options.guard, '@UseTempIDCode', TempIDCodeGuard);
  if (options.window !== undefined) parseWindow(options.window);
  const guard = options.guard ?? TempIDCodeGuard;
  const route: TempIDCodeRoute = {
    extract: fromBody('challenge'),
    code: fromBody('code'),
    ...options,
    ...(kind && { kind }),
    consume: true,
    guard,
  };
  return applyDecorators(
    mark({ decorator: '@UseTempIDCode', route, guard }),
    SetMetadata(USE_TEMPID, route),
    UseGuards(guard),
  );
}

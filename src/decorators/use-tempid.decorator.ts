import { applyDecorators, SetMetadata, type Type, UseGuards } from '@nestjs/common';
import { TempIDConfigurationError } from '../common/errors.js';
import { pickOptions } from '../common/options.js';
import { parseExtractors } from '../requests/extractors.js';
import { mark } from '../guards/marks.js';
import { TempIDGuard } from '../guards/tempid.guard.js';
import {
  ROUTE_RULES,
  type TempIDRoute,
  USE_TEMPID,
  type UseTempIDKindOptions,
  type UseTempIDOptions,
} from '../requests/route-options.js';
import { type AnyTempIDKind, definitionOf, type NoKind } from '../kinds/tempid-kind.js';
import { type DecoratorArguments, readDecoratorArguments } from './decorator-arguments.js';

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
  options?: boolean | UseTempIDKindOptions,
): ClassDecorator & MethodDecorator;
export function UseTempID(
  options?: boolean | (UseTempIDOptions & NoKind),
): ClassDecorator & MethodDecorator;
export function UseTempID(
  ...args: DecoratorArguments<boolean | UseTempIDOptions>
): ClassDecorator & MethodDecorator {
  const { kind, options = {} } = readDecoratorArguments('@UseTempID', args);
  const given = typeof options === 'boolean' ? { consume: options } : options;
  const read = readUseTempIDOptions(given, '@UseTempID', { kind, base: TempIDGuard });
  const route: TempIDRoute = kind ? { ...read, kind } : read;
  const guard = route.guard ?? TempIDGuard;
  return applyDecorators(
    mark({ decorator: '@UseTempID', route, guard }),
    SetMetadata(USE_TEMPID, route),
    UseGuards(guard),
  );
}

/** @throws {@link TempIDConfigurationError} for the first option that is wrong, or undefined */
export function readUseTempIDOptions(
  given: UseTempIDOptions,
  decorator: string,
  { kind, base }: { readonly kind: AnyTempIDKind | undefined; readonly base: Type<TempIDGuard> },
): UseTempIDOptions {
  const options = pickOptions(given, ROUTE_RULES, decorator);
  if ('extract' in options) parseExtractors(options.extract, 'extract');
  if ('guard' in options) assertGuard(options.guard, decorator, base);
  if (kind) assertOpenOptions(kind, options, decorator);
  if (![undefined, true, false, 'on-success'].includes(options.consume)) {
    throw new TempIDConfigurationError(
      `The option 'consume' of ${decorator} must be true, false or 'on-success'.`,
    );
  }
  if (![undefined, true, false].includes(options.resumable)) {
    throw new TempIDConfigurationError(
      `The option 'resumable' of ${decorator} must be true or false.`,
    );
  }
  if (options.resumable && !options.consume) {
    throw new TempIDConfigurationError(
      `The option 'resumable' of ${decorator} needs 'consume': without it no request spends a use.`,
    );
  }
  return options;
}

/** @throws {@link TempIDConfigurationError} for what is no class of ours, which would not know the route */
export function assertGuard(guard: unknown, decorator: string, base: Type<TempIDGuard>): void {
  const isGuard = guard === base || (guard as Type | null)?.prototype instanceof base;
  if (isGuard) return;
  throw new TempIDConfigurationError(
    `The option 'guard' of ${decorator} must be a class that extends ${base.name}.`,
  );
}

/** @throws {@link TempIDConfigurationError} for an option that the kind gives */
export function assertOpenOptions(
  kind: AnyTempIDKind,
  options: UseTempIDOptions,
  decorator: string,
): void {
  const ofKind = ['purpose', 'audience', ...(definitionOf(kind).boundTo ? ['boundTo'] : [])];
  const name = ofKind.find((each) => each in options);
  if (name === undefined) return;
  throw new TempIDConfigurationError(
    `${decorator} takes '${name}' from the kind '${kind.purpose}': leave it out.`,
  );
}

import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import { TempIDConfigurationError } from '../errors.js';
import { expectKnown } from '../expect.js';
import { mark } from '../guards/marks.js';
import { TempIDGuard } from '../guards/tempid.guard.js';
import {
  type TempIDRoute,
  USE_TEMPID,
  type UseTempIDKindOptions,
  type UseTempIDOptions,
} from '../guards/use-tempid.options.js';
import { type AnyTempIDKind, definitionOf, type NoKind, TempIDKind } from '../kinds/tempid-kind.js';

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
  given: boolean | UseTempIDOptions | AnyTempIDKind = {},
  besideKind: boolean | UseTempIDKindOptions = {},
): ClassDecorator & MethodDecorator {
  const kind = given instanceof TempIDKind ? given : undefined;
  const options = given instanceof TempIDKind ? besideKind : given;
  const checked = typeof options === 'boolean' ? { consume: options } : options;
  expectUseTempIDOptions(checked, '@UseTempID', kind);
  const route: TempIDRoute = kind ? { ...checked, kind } : checked;
  const guard = route.guard ?? TempIDGuard;
  return applyDecorators(
    mark({ decorator: '@UseTempID', route, guard }),
    SetMetadata(USE_TEMPID, route),
    UseGuards(guard),
  );
}

const NAMES: ReadonlySet<string> = new Set<keyof UseTempIDOptions>([
  'consume',
  'checkUses',
  'purpose',
  'audience',
  'subject',
  'boundTo',
  'extract',
  'guard',
]);

/** @throws {@link TempIDConfigurationError} for the first option that is wrong */
export function expectUseTempIDOptions(
  route: UseTempIDOptions,
  decorator: string,
  kind?: AnyTempIDKind,
): void {
  expectKnown(route, NAMES, decorator);
  if (kind) expectOpenOptions(kind, route, decorator);
  if (![undefined, true, false, 'on-success'].includes(route.consume)) {
    throw new TempIDConfigurationError(
      `The option 'consume' of ${decorator} must be true, false or 'on-success'.`,
    );
  }
}

/** @throws {@link TempIDConfigurationError} for an option that the kind gives */
export function expectOpenOptions(
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

import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import { TempIDConfigurationError } from '../errors.js';
import { expectKnown } from '../expect.js';
import { TempIDGuard } from '../guards/tempid.guard.js';
import { USE_TEMPID, type UseTempIDOptions } from '../guards/use-tempid.options.js';
import { expectNoLink } from './expect-alone.js';

/**
 * Lets a request to a handler, or to any handler of a class, through only with a good token. The options
 * of a handler replace those of its class.
 *
 * @throws {@link TempIDConfigurationError} for an option that is not there, a wrong 'consume', or a handler
 *   that `@TempIDLink` is on
 * @param options `true` stands for `{ consume: true }`
 * @example
 * \@Post('reset')
 * \@UseTempID({ purpose: 'password-reset', consume: true })
 * reset(@TokenPayload('userId') userId: number) {}
 */
export function UseTempID(
  options: boolean | UseTempIDOptions = {},
): ClassDecorator & MethodDecorator {
  const route = typeof options === 'boolean' ? { consume: options } : options;
  expectUseTempIDOptions(route, '@UseTempID');
  return applyDecorators(
    expectNoLink,
    SetMetadata(USE_TEMPID, route),
    UseGuards(route.guard ?? TempIDGuard),
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
export function expectUseTempIDOptions(route: UseTempIDOptions, decorator: string): void {
  expectKnown(route, NAMES, decorator);
  if (![undefined, true, false, 'on-success'].includes(route.consume)) {
    throw new TempIDConfigurationError(
      `The option 'consume' of ${decorator} must be true, false or 'on-success'.`,
    );
  }
}

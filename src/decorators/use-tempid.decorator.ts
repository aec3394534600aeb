import { applyDecorators, SetMetadata, UseGuards, UseInterceptors } from '@nestjs/common';
import { TempIDGuard, USE_TEMPID } from '../guards/tempid.guard.js';
import { TempIDInterceptor } from '../guards/tempid.interceptor.js';
import type { UseTempIDOptions } from '../guards/use-tempid.options.js';

/**
 * Lets a request to a handler, or to any handler of a class, through only with a good token. The options
 * of a handler replace those of its class.
 *
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
  return applyDecorators(
    SetMetadata(USE_TEMPID, route),
    UseGuards(route.guard ?? TempIDGuard),
    UseInterceptors(TempIDInterceptor),
  );
}

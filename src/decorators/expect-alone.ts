import { TempIDConfigurationError } from '../errors.js';
import { type TempIDRoute, USE_TEMPID } from '../guards/use-tempid.options.js';

/**
 * Two guards of two decorators would both go by the options of one.
 *
 * @throws {@link TempIDConfigurationError} for a handler, or a class, that has another decorator of this module
 */
export function expectAlone(
  target: object,
  name?: string | symbol,
  descriptor?: PropertyDescriptor,
): void {
  if (routeOf(target, descriptor)) throw twoDecorators(name);
}

/** As {@link expectAlone}, of the decorator of a link only: its GET would run the handler by other options. */
export function expectNoLink(
  target: object,
  name?: string | symbol,
  descriptor?: PropertyDescriptor,
): void {
  if (routeOf(target, descriptor)?.link) throw twoDecorators(name);
}

function routeOf(target: object, descriptor?: PropertyDescriptor): TempIDRoute | undefined {
  const decorated: unknown = descriptor ? descriptor.value : target;
  return Reflect.getOwnMetadata(USE_TEMPID, Object(decorated)) as TempIDRoute | undefined;
}

function twoDecorators(name?: string | symbol): TempIDConfigurationError {
  return new TempIDConfigurationError(
    `${String(name ?? 'A class')} has two decorators of this module: leave one, or put it on a handler of its own.`,
  );
}

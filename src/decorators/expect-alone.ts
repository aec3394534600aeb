import { TempIDConfigurationError } from '../errors.js';
import { USE_TEMPID } from '../guards/use-tempid.options.js';

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
  const decorated: unknown = descriptor ? descriptor.value : target;
  if (!Reflect.hasOwnMetadata(USE_TEMPID, Object(decorated))) return;
  throw new TempIDConfigurationError(
    `${String(name ?? 'A class')} has two decorators of this module: leave one, or put it on a handler of its own.`,
  );
}

import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { TempIDConfigurationError } from '../common/errors.js';
import type { DecoratedHandler } from './route-explorer.js';
import { type TempIDRoute, USE_TEMPID } from '../requests/route-options.js';

const ANSWERED_BY_GUARD: ReadonlySet<unknown> = new Set([
  RequestMethod.HEAD,
  RequestMethod.OPTIONS,
]);

const WITH_RANGE: ReadonlySet<unknown> = new Set([RequestMethod.GET, RequestMethod.ALL]);

/** @throws TempIDConfigurationError for a handler that no request would reach, or whose option none would need */
export function assertReachable({ route, type, name, handler }: DecoratedHandler): void {
  const method: unknown = Reflect.getMetadata(METHOD_METADATA, handler);
  if (route.consume && ANSWERED_BY_GUARD.has(method)) {
    throw new TempIDConfigurationError(
      `${type.name}.${name} would never run: HEAD and OPTIONS only look, so where a use is spent the guard answers ` +
        'them. Give the handler a @UseTempID() of its own.',
    );
  }
  const own: unknown = Reflect.getOwnMetadata(USE_TEMPID, handler);
  if ((Object(own) as TempIDRoute).resumable && !WITH_RANGE.has(method)) {
    throw new TempIDConfigurationError(
      `${type.name}.${name} has the option 'resumable', which is for handlers of GET: only there Range has a meaning.`,
    );
  }
}

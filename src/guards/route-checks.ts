import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, VERSION_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner } from '@nestjs/core';
import { TempIDConfigurationError } from '../common/errors.js';
import { isLinkRoute } from '../links/link-options.js';
import type { DecoratedHandler } from '../requests/route-options.js';
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

/**
 * Asserts that a link has its path for itself within its controller: its page's button posts there, and every other
 * method is answered 405.
 *
 * @throws TempIDConfigurationError where another handler of the controller has the path
 */
export function assertOwnPath({ route, type, name, handler }: DecoratedHandler): void {
  if (!isLinkRoute(route)) return;
  const prototype: object = type.prototype;
  const paths = new Set(routesOf(handler));
  for (const otherName of new MetadataScanner().getAllMethodNames(prototype)) {
    const other: unknown = Reflect.get(prototype, otherName);
    if (otherName === name || typeof other !== 'function') continue;
    if (!routesOf(other).some((path) => paths.has(path))) continue;
    throw new TempIDConfigurationError(
      `${type.name}.${otherName} has the path of the link ${type.name}.${name}, whose page posts there: @TempIDLink ` +
        'takes its path for itself. Give one of them another path.',
    );
  }
}

/** The paths of a handler, each with its version. */
function routesOf(handler: object): string[] {
  const paths = Reflect.getMetadata(PATH_METADATA, handler) as string | string[] | undefined;
  const version: unknown = Reflect.getMetadata(VERSION_METADATA, handler);
  return [paths ?? []].flat().map((path) => {
    const parts = path.split('/').filter(Boolean);
    return JSON.stringify([parts, version ?? null]);
  });
}

import { Logger, RequestMethod } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { isCodeRoute } from '../codes/code-route-options.js';
import { errorMessage } from '../common/error-message.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { guardsOf, type HttpRoute, pathOf, requestMethodOf } from '../common/nest-internals.js';
import { isLinkRoute } from '../links/link-options.js';
import { fromParam, placeOf } from '../requests/extractors.js';
import { type DecoratedHandler, type TempIDRoute, USE_TEMPID } from '../requests/route-options.js';
import { TempIDCodeGuard } from './tempid-code.guard.js';
import { TempIDGuard } from './tempid.guard.js';
import { TempIDLinkGuard } from './tempid-link.guard.js';

const { GET, ALL, HEAD, OPTIONS } = RequestMethod;

const OWN_GUARDS: ReadonlySet<unknown> = new Set([TempIDGuard, TempIDLinkGuard, TempIDCodeGuard]);

/** @throws TempIDConfigurationError for a handler that no request would reach, or whose option none would need */
export function assertReachable({ route, type, name, handler }: DecoratedHandler): void {
  const method = requestMethodOf(handler);
  if (route.consume && (method === HEAD || method === OPTIONS)) {
    throw new TempIDConfigurationError(
      `${type.name}.${name} would never run: HEAD and OPTIONS only look, so where a use is spent the guard answers ` +
        'them. Give the handler a @UseTempID() of its own.',
    );
  }
  const own = Reflect.getOwnMetadata(USE_TEMPID, handler) as TempIDRoute | undefined;
  if (own?.by === 'form' && method === undefined) {
    throw new TempIDConfigurationError(
      `${type.name}.${name} has 'grace' or by: 'form', which are for handlers of HTTP: say by whom the token is used.`,
    );
  }
  if (own?.resumable && !isOpenedBy(method)) {
    throw new TempIDConfigurationError(
      `${type.name}.${name} has the option 'resumable', which is for handlers of GET: only there Range has a meaning.`,
    );
  }
}

/**
 * A link has its path for itself: its page's button posts there, and every other method is answered 405.
 *
 * @throws TempIDConfigurationError where another handler of the application has the path
 */
export function assertOwnPaths(routes: readonly HttpRoute[]): void {
  for (const link of routes.filter(isOfLink)) {
    const addresses = new Set(link.addresses);
    for (const { type, name, addresses: others } of routes) {
      // One controller may belong to several modules.
      const isItself = type === link.type && name === link.name;
      if (isItself || !others.some((address) => addresses.has(address))) continue;
      throw new TempIDConfigurationError(
        `${type.name}.${name} has the path of the link ${link.type.name}.${link.name}, whose page posts there: ` +
          '@TempIDLink takes its path for itself. Give one of them another path.',
      );
    }
  }
}

function isOfLink({ handler }: HttpRoute): boolean {
  const route = Reflect.getOwnMetadata(USE_TEMPID, handler) as TempIDRoute | undefined;
  return route !== undefined && isLinkRoute(route);
}

/**
 * On a link and on a code, guards that extend TempIDGuard alone do not run, nor on any handler those of another kind
 * than its own: what they check beside the token would be checked no more.
 *
 * @param globalGuards of the application
 * @throws TempIDConfigurationError for such a guard of the application, by its decorator, by `@UseGuards` or for all
 *   handlers
 */
export function assertGuardsRun(
  { route: { guard }, type, name, handler }: DecoratedHandler,
  globalGuards: readonly unknown[],
): void {
  if (!guard) return;
  // A handler that names a guard of its own has it in the place of its class's, and of the application's.
  const isNamed = guard !== TempIDLinkGuard && guard !== TempIDCodeGuard;
  for (const each of [
    ...guardsOf(handler),
    ...(isNamed ? [] : [...guardsOf(type), ...globalGuards]),
  ]) {
    const prototype: unknown = typeof each === 'function' ? each.prototype : each;
    if (!(prototype instanceof TempIDGuard)) continue;
    const guardType = prototype.constructor;
    const runs = prototype instanceof guard || guardType === guard;
    if (OWN_GUARDS.has(guardType) || runs) continue;
    throw new TempIDConfigurationError(
      `${guardType.name} would not run on ${type.name}.${name}, whose guard is ${guard.name}: let it extend ${guard.name}, ` +
        `or give the handler a 'guard' that checks the same and extends that.`,
    );
  }
}

/**
 * @param guards what Nest has made of the handler's guard, which may be a test's in its place
 * @throws TempIDConfigurationError for a handler with `by`, where the store does not know who used a token
 */
export function assertKnowsUsers(
  { route: { by }, type, name }: DecoratedHandler,
  guards: readonly unknown[],
): void {
  if (by === undefined) return;
  try {
    for (const guard of guards) if (guard instanceof TempIDGuard) guard.assertKeepsUsers();
  } catch (cause) {
    throw new TempIDConfigurationError(
      `${type.name}.${name} has 'by' or 'grace', and would let nobody in: ${errorMessage(cause)}`,
      { cause },
    );
  }
}

/** Warns where opening a link is a use, since mail scanners open links too. */
export function warnOfScanners(decorated: DecoratedHandler): void {
  const { type, name, handler, route } = decorated;
  const isOpened = isOpenedBy(requestMethodOf(handler));
  if (!isOpened || !route.consume || isLinkRoute(route) || isCodeRoute(route)) return;
  // Ranges are for GET alone, so neither the click of a link nor a POST can have the option.
  const advice = route.resumable
    ? 'Let the link of a mail open a page of yours, and a link on that page open this.'
    : 'Put @TempIDLink on it, which asks for a click, or spend the use on a POST.';
  new Logger('TempIDModule').warn(
    `GET ${addressOf(decorated)} (${type.name}.${name}) spends a use when it is opened, and mail scanners open ` +
      `links before people do. ${advice}`,
  );
}

function isOpenedBy(method: RequestMethod | undefined): boolean {
  return method === GET || method === ALL;
}

/** Where a route does not say where its token is, the module looks into the path as well, unless it says where. */
const IN_PATH = fromParam('token');

export function hasTokenInPath({ route, type, handler }: DecoratedHandler): boolean {
  const path = pathOf(type, handler);
  return [route.extract ?? IN_PATH].flat().some((extractor) => {
    const place = placeOf(extractor);
    return place?.part === 'path' && path.includes(`:${place.name}`);
  });
}

/** Fastify's `maxParamLength` unless it is set, in characters. */
const DEFAULT_MAX_PARAM_LENGTH = 100;

/** Warns where Fastify answers 414, before any guard runs, for a longer parameter of the path. */
export function warnOfShortPaths(
  inPath: readonly DecoratedHandler[],
  adapterHost: HttpAdapterHost,
): void {
  const max = maxParamLengthOf(adapterHost);
  if (max > DEFAULT_MAX_PARAM_LENGTH) return;
  for (const decorated of inPath) {
    const { type, name } = decorated;
    new Logger('TempIDModule').warn(
      `${addressOf(decorated)} (${type.name}.${name}) has the token in its path, of which Fastify takes ` +
        `${max} characters, and most tokens are longer: new FastifyAdapter({ routerOptions: { maxParamLength: 1024 } }).`,
    );
  }
}

function maxParamLengthOf({ httpAdapter }: Partial<HttpAdapterHost>): number {
  if (httpAdapter?.getType() !== 'fastify') return Infinity;
  interface RouterOptions {
    readonly maxParamLength?: number;
  }
  interface Fastify {
    readonly initialConfig?: RouterOptions & { readonly routerOptions?: RouterOptions };
  }
  const { initialConfig } = httpAdapter.getInstance<Fastify>();
  return initialConfig?.routerOptions?.maxParamLength ?? initialConfig?.maxParamLength ?? Infinity;
}

function addressOf({ type, handler }: DecoratedHandler): string {
  return `/${pathOf(type, handler).join('/')}`;
}

import { Logger, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import type { HttpAdapterHost } from '@nestjs/core';
import type { DecoratedHandler } from '../requests/route-options.js';
import { fromParam, placeOf } from '../requests/extractors.js';
import { isLinkRoute } from '../links/link-options.js';
import { isCodeRoute } from '../codes/code-route-options.js';

const OPENED: ReadonlySet<unknown> = new Set([RequestMethod.GET, RequestMethod.ALL]);

/** Whether whoever opens the link spends a use of it, mail scanners too. */
export function consumesWhenOpened({ route, handler }: DecoratedHandler): boolean {
  const isOpened = OPENED.has(Reflect.getMetadata(METHOD_METADATA, handler));
  return isOpened && Boolean(route.consume) && !isLinkRoute(route) && !isCodeRoute(route);
}

export function warnOfScanners(decorated: DecoratedHandler): void {
  const { type, name, route } = decorated;
  // Ranges are for GET alone, so neither the click of a link nor a POST can have the option.
  const advice = route.resumable
    ? 'Let the link of a mail open a page of yours, and a link on that page open this.'
    : 'Put @TempIDLink on it, which asks for a click, or spend the use on a POST.';
  new Logger('TempIDModule').warn(
    `GET /${pathOf(decorated).join('/')} (${type.name}.${name}) spends a use when it is opened, and mail scanners open ` +
      `links before people do. ${advice}`,
  );
}

/** Where a route does not say where its token is, the module looks into the path as well, unless it says where. */
const IN_PATH = fromParam('token');

export function hasTokenInPath(decorated: DecoratedHandler): boolean {
  const path = pathOf(decorated);
  return [decorated.route.extract ?? IN_PATH].flat().some((extractor) => {
    const place = placeOf(extractor);
    return place?.part === 'path' && path.includes(`:${place.name}`);
  });
}

/** Fastify's `maxParamLength` unless it is set. */
const DEFAULT_MAX_PARAM_LENGTH = 100;

/** Fastify answers 414 for a longer parameter of the path, before any guard runs. */
export function warnOfShortPaths(
  inPath: readonly DecoratedHandler[],
  adapterHost: HttpAdapterHost,
): void {
  const longest = longestParameter(adapterHost);
  if (longest > DEFAULT_MAX_PARAM_LENGTH) return;
  for (const decorated of inPath) {
    const { type, name } = decorated;
    new Logger('TempIDModule').warn(
      `/${pathOf(decorated).join('/')} (${type.name}.${name}) has the token in its path, of which Fastify takes ` +
        `${longest} characters, and most tokens are longer: new FastifyAdapter({ routerOptions: { maxParamLength: 1024 } }).`,
    );
  }
}

/** In characters. */
function longestParameter({ httpAdapter }: Partial<HttpAdapterHost>): number {
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

/** Its parts; of several paths, those of the first. */
function pathOf({ type, handler }: DecoratedHandler): string[] {
  const paths = [type, handler].map((at) => [Reflect.getMetadata(PATH_METADATA, at)].flat()[0]);
  return paths.flatMap((part) => String(part ?? '').split('/')).filter(Boolean);
}

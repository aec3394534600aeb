import type { ExecutionContext } from '@nestjs/common';
import { TempIDConfigurationError } from '../common/errors.js';
import { trimHeader } from './trim-header.js';

/**
 * The parts of a request that Express and Fastify name alike. Of GraphQL `body` is the arguments of a field,
 * of a message by WebSocket or to a microservice its data; what is around it (the HTTP request, the
 * handshake of socket.io) is asked next.
 */
export interface TempIDRequest {
  readonly query?: unknown;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly params?: unknown;
}

/** Takes the token out of a request; undefined where it is not there. */
export type TempIDExtractor = (
  request: TempIDRequest,
  context: ExecutionContext,
) => string | undefined;

/** Where in a URL an extractor finds the token. */
export interface PlaceInUrl {
  readonly part: 'query' | 'path';
  readonly name: string;
}

const PLACE = Symbol.for('nestjs-tempid:place');

/** undefined of an extractor that looks elsewhere, or that is not ours. */
export function placeOf(extract: TempIDExtractor): PlaceInUrl | undefined {
  return (extract as { readonly [PLACE]?: PlaceInUrl })[PLACE];
}

function at(place: PlaceInUrl, extract: TempIDExtractor): TempIDExtractor {
  return Object.assign(extract, { [PLACE]: place });
}

/** `?token=…` */
export function fromQuery(name: string): TempIDExtractor {
  return at({ part: 'query', name }, ({ query }) => textAt(query, name));
}

/** A header that holds the token and nothing else; its name in any case. */
export function fromHeader(name: string): TempIDExtractor {
  const lowerCase = name.toLowerCase();
  return ({ headers }) => textAt(headers, lowerCase);
}

/** A cookie (RFC 6265); of two with one name the first, which has the narrower path. */
export function fromCookie(name: string): TempIDExtractor {
  return (request) => cookieOf(request, name);
}

function cookieOf(request: TempIDRequest, name: string): string | undefined {
  return cookiesOf(request).find(([key]) => key === name)?.[1] || undefined;
}

/** A browser sends the cookie of the narrower path first, and of one path the older one (RFC 6265, section 5.4). */
export function cookiesOf({ headers }: TempIDRequest): [name: string, value: string][] {
  const pairs = (textAt(headers, 'cookie') ?? '').split(';');
  return pairs.map((pair) => {
    const [name = '', ...value] = pair.split('=');
    return [trimHeader(name), trimHeader(value.join('=')).replace(/^"(.*)"$/, '$1')];
  });
}

/** `Authorization: Bearer …` (RFC 6750). */
export function fromBearer(): TempIDExtractor {
  return ({ headers }) => {
    const [, token] = /^Bearer +(\S+) *$/i.exec(textAt(headers, 'authorization') ?? '') ?? [];
    return token;
  };
}

/** A property of the parsed body. */
export function fromBody(name: string): TempIDExtractor {
  return ({ body }) => textAt(body, name);
}

/** A parameter of the route, such as `:token`. */
export function fromParam(name: string): TempIDExtractor {
  return at({ part: 'path', name }, ({ params }) => textAt(params, name));
}

/** Where a token is looked for unless `extract` says otherwise. */
export const DEFAULT_EXTRACTORS: readonly TempIDExtractor[] = [
  fromQuery('token'),
  fromHeader('x-token'),
  fromBearer(),
  fromBody('token'),
  fromParam('token'),
];

/**
 * One or several extractors as a list.
 *
 * @throws {@link TempIDConfigurationError} where there is none, or something else among them
 */
export function parseExtractors(extract: unknown, option: string): readonly TempIDExtractor[] {
  const list: readonly unknown[] = Array.isArray(extract) ? extract : [extract];
  if (list.length > 0 && list.every((item) => typeof item === 'function')) {
    return list as readonly TempIDExtractor[];
  }
  throw new TempIDConfigurationError(
    `'${option}' must be a function or a list of functions, such as fromHeader('x-invite').`,
  );
}

function textAt(object: unknown, name: string): string | undefined {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, name)) {
    return undefined;
  }
  const value: unknown = Reflect.get(object, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

import type { TempIDRequest } from './extractors.js';
import { trimHeader } from './trim-header.js';

/** What Express and Fastify requests both say. */
export interface HttpRequest extends TempIDRequest {
  readonly protocol?: string;
}

/** A proxy that is not trusted may say so as well: who lies only loses a cookie of their own. */
export function isSecure({ protocol, headers }: HttpRequest): boolean {
  const [forwarded = ''] = listIn(headers['x-forwarded-proto']);
  return protocol === 'https' || forwarded.toLowerCase() === 'https';
}

/**
 * Whether a browser says that the request was begun elsewhere than on a page of the request's own origin, or by
 * its user: by `Sec-Fetch-Site`, and where that is not there by `Origin`. A client that sends neither says nothing.
 */
export function isCrossOrigin(request: HttpRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = request.headers;
  return origin !== undefined && !isOwnOrigin(String(origin), request);
}

/** `null`, which has no host, is nobody's. */
function isOwnOrigin(origin: string, request: HttpRequest): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host } = new URL(origin);
  // What a page without TLS posts to a server with TLS may be of whoever sits in between.
  const protocols = isSecure(request) ? ['https:'] : ['https:', 'http:'];
  if (!protocols.includes(protocol)) return false;
  return hostsOf(request).some((name) => {
    const own = `${protocol}//${name}`;
    // The scheme says which port is left out.
    return URL.canParse(own) && new URL(own).host === host;
  });
}

/** A page cannot set the headers of a form, so a proxy that is not trusted may name the host as well. */
function hostsOf({ headers }: HttpRequest): string[] {
  const { host } = headers;
  return [headers[':authority'] ?? host, headers['x-forwarded-host']].flatMap(listIn);
}

/** The parts of a header that each proxy adds to. */
function listIn(header: string | readonly string[] | undefined): string[] {
  return header === undefined ? [] : String(header).split(',').map(trimHeader);
}

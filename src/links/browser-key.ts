import { randomBytes } from 'node:crypto';
import type { ArgumentsHost } from '@nestjs/common';
import { TempIDConfigurationError } from '../errors.js';
import { cookieOf, type TempIDRequest } from '../guards/extract.js';

/** What Express and Fastify requests both say. */
interface HttpRequest extends TempIDRequest {
  readonly protocol?: string;
}

/** What Express and Fastify responses say differently: Fastify's has Node's as `raw`. */
interface HttpResponse {
  readonly raw?: object;
  append(name: string, value: string): unknown;
  header(name: string, value: string): unknown;
}

const NAME = 'tempid-browser';
const KEY = /^[\w-]{22}$/;
const DAY = 86_400;

/** The key that a request of this browser has set, so that all who ask within it are told the same. */
const given = new WeakMap<object, string>();

/**
 * The key of the browser that sent the request: 128 random bits in a cookie that scripts cannot read.
 *
 * @returns undefined where it has none
 */
export function browserKeyOf(context: ArgumentsHost): string | undefined {
  if (context.getType() !== 'http') return undefined;
  const request = context.switchToHttp().getRequest<HttpRequest>();
  const key = cookieOf(request, cookieName(request));
  return given.get(request) ?? (key !== undefined && KEY.test(key) ? key : undefined);
}

/**
 * As {@link browserKeyOf}, and gives the browser one with the answer, for a day, where it has none.
 *
 * @throws TempIDConfigurationError where there is no answer to an HTTP request, which could give it
 */
export function ensureBrowserKey(context: ArgumentsHost): string {
  if (context.getType() !== 'http') {
    throw new TempIDConfigurationError('@BrowserKey() works only in a handler of HTTP.');
  }
  const known = browserKeyOf(context);
  if (known !== undefined) return known;
  const key = randomBytes(16).toString('base64url');
  const request = context.switchToHttp().getRequest<HttpRequest>();
  const response = context.switchToHttp().getResponse<HttpResponse>();
  const cookie = [`${cookieName(request)}=${key}`, 'Path=/', 'HttpOnly', 'SameSite=Lax'];
  cookie.push(`Max-Age=${DAY}`, ...(isSecure(request) ? ['Secure'] : []));
  // Both add to the cookies that are set already.
  if (response.raw) response.header('Set-Cookie', cookie.join('; '));
  else response.append('Set-Cookie', cookie.join('; '));
  given.set(request, key);
  return key;
}

/** With the prefix no other host, and no page without TLS, can set the cookie (RFC 6265bis). */
function cookieName(request: HttpRequest): string {
  return isSecure(request) ? `__Host-${NAME}` : NAME;
}

/** A proxy that is not trusted may say so as well: who lies only loses a cookie of their own. */
function isSecure({ protocol, headers }: HttpRequest): boolean {
  return protocol === 'https' || /^https\b/i.test(String(headers['x-forwarded-proto'] ?? ''));
}

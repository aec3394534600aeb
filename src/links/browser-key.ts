import { randomBytes } from 'node:crypto';
import type { ArgumentsHost } from '@nestjs/common';
import { BROWSER_PREFIX } from '../binding.js';
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

const COOKIE = 'tempid-browser';
const VALUE = /^[\w-]{22}$/;
const DAY = 86_400;

/** What is in the cookie that an answer sets, so that all who ask within its request are told the same, and it is set once. */
const given = new WeakMap<object, string>();

/**
 * The key of the browser that sent the request: 128 random bits in a cookie that scripts cannot read.
 *
 * @returns undefined where it has none
 * @throws TempIDConfigurationError where there is no browser, as in a message
 */
export function browserKeyOf(context: ArgumentsHost): string | undefined {
  expectHttp(context);
  const value = valueIn(context.switchToHttp().getRequest<HttpRequest>());
  return value === undefined ? undefined : BROWSER_PREFIX + value;
}

/**
 * As {@link browserKeyOf}, and the browser keeps it for a day from this answer on; where it has none, it is given
 * one.
 *
 * @throws TempIDConfigurationError where there is no browser, as in a message
 */
export function ensureBrowserKey(context: ArgumentsHost): string {
  expectHttp(context);
  const request = context.switchToHttp().getRequest<HttpRequest>();
  const told = given.get(request);
  if (told !== undefined) return BROWSER_PREFIX + told;
  const value = valueIn(request) ?? randomBytes(16).toString('base64url');
  const response = context.switchToHttp().getResponse<HttpResponse>();
  const cookie = [`${cookieName(request)}=${value}`, 'Path=/', 'HttpOnly', 'SameSite=Lax'];
  cookie.push(`Max-Age=${DAY}`, ...(isSecure(request) ? ['Secure'] : []));
  // Both add to the cookies that are set already.
  if (response.raw) response.header('Set-Cookie', cookie.join('; '));
  else response.append('Set-Cookie', cookie.join('; '));
  response.header('Cache-Control', 'no-store');
  given.set(request, value);
  return BROWSER_PREFIX + value;
}

function valueIn(request: HttpRequest): string | undefined {
  const value = given.get(request) ?? cookieOf(request, cookieName(request));
  return value !== undefined && VALUE.test(value) ? value : undefined;
}

function expectHttp(context: ArgumentsHost): void {
  if (context.getType() === 'http') return;
  throw new TempIDConfigurationError(
    `@BrowserKey() and boundTo: 'browser' work only in a handler of HTTP.`,
  );
}

/** With the prefix no other host, and no page without TLS, can set the cookie (RFC 6265bis). */
function cookieName(request: HttpRequest): string {
  return isSecure(request) ? `__Host-${COOKIE}` : COOKIE;
}

/** A proxy that is not trusted may say so as well: who lies only loses a cookie of their own. */
function isSecure({ protocol, headers }: HttpRequest): boolean {
  return protocol === 'https' || /^https\b/i.test(String(headers['x-forwarded-proto'] ?? ''));
}

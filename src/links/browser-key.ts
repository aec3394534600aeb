import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { ArgumentsHost, ExecutionContext } from '@nestjs/common';
import { BROWSER_PREFIX, toBinding } from '../token/binding.js';
import { TempIDConfigurationError, TempIDCrossOriginError } from '../common/errors.js';
import { cookiesOf } from '../requests/extractors.js';
import { isPrefetch, PrefetchException } from '../requests/prefetch.js';
import { internalsOf, type TempID } from '../token/tempid.js';
import { toHttpException } from '../requests/transports/http.transport.js';
import { type HttpRequest, isCrossOrigin, isSecure } from '../requests/request-origin.js';
import { onePerProcess } from '../common/one-per-process.js';

/** What Express and Fastify responses say differently: Fastify's has Node's as `raw`. */
interface HttpResponse {
  readonly raw?: object;
  append(name: string, value: string): unknown;
  header(name: string, value: string): unknown;
}

const COOKIE = 'tempid-browser-';
const VALUE = /^[\w-]{22}$/;
const DAY = 86_400;

/** So many are read, and so many more are deleted by one answer: however many there are, the headers stay short. */
const MAX_KEYS = 8;

/** By their requests, since all who ask for a key within one must get the same, and it is in no cookie yet. */
const issuedKeys = onePerProcess('issued keys', () => new WeakMap<object, string>());

/**
 * The keys of the browser that sent the request, the oldest first: each 128 random bits in a cookie that scripts
 * cannot read. It has several where it has asked several times at once before it had any.
 *
 * @throws TempIDConfigurationError where there is no browser, as in a message
 */
export function browserKeysOf(context: ArgumentsHost): readonly string[] {
  const keys = cookiesIn(requestOf(context)).map(([, value]) => BROWSER_PREFIX + value);
  return keys.slice(0, MAX_KEYS);
}

/** The one of a browser's keys to which a token is bound. */
export function boundKeyOf(token: TempID, keys: readonly string[]): string | undefined {
  const { binding } = internalsOf(token).token.claims;
  return keys.find((key) => binding && timingSafeEqual(toBinding(key), binding));
}

const LOOKS_AT_KEYS = Symbol.for('nestjs-tempid:looks-at-keys');

/** What a token must be bound to where a route says `boundTo: 'browser'`: any key of the browser. */
export function browserLookup(context: ArgumentsHost): (token: TempID) => string | undefined {
  const keys = browserKeysOf(context);
  const lookup = (token: TempID) => boundKeyOf(token, keys);
  return Object.assign(lookup, { [LOOKS_AT_KEYS]: true });
}

/** Whether it is a {@link browserLookup}, and not the binding that a guard of the user's names instead. */
export function isBrowserLookup(boundTo: unknown): boolean {
  return typeof boundTo === 'function' && Object.hasOwn(boundTo, LOOKS_AT_KEYS);
}

/**
 * A key for a browser that asks for a link, as by {@link ensureBrowserKey}. A page of another origin that asks in its
 * visitor's browser would have a link of its own open there, so it gets none.
 *
 * @throws TempIDForbiddenException for such a page
 * @throws PrefetchException for HEAD and a prefetch, of which Chromium does not say which page has begun it
 * @throws TempIDConfigurationError where there is no browser, as in a message
 */
export function askBrowserKey(context: ExecutionContext): string {
  const request = requestOf(context);
  keepOutOfCaches(context);
  if (isCrossOrigin(request)) {
    throw toHttpException(new TempIDCrossOriginError('A page of another origin asks for the key.'));
  }
  if (isPrefetch(context)) throw new PrefetchException();
  return ensureBrowserKey(context);
}

/**
 * The oldest key of the browser, which keeps it for a day from this answer on; where it has none, it is given one,
 * in a cookie of its own, so that of two answers at once none takes away the key of the other.
 *
 * @throws TempIDConfigurationError where there is no browser, as in a message
 */
export function ensureBrowserKey(context: ArgumentsHost): string {
  const request = requestOf(context);
  const issued = issuedKeys.get(request);
  if (issued !== undefined) return BROWSER_PREFIX + issued;
  const cookies = cookiesIn(request);
  const [name, value] = cookies[0] ?? [cookieName(request) + random(6), random(16)];
  setCookie(context, name, value, DAY);
  for (const [surplus] of cookies.slice(MAX_KEYS, 2 * MAX_KEYS)) setCookie(context, surplus, '', 0);
  keepOutOfCaches(context);
  issuedKeys.set(request, value);
  return BROWSER_PREFIX + value;
}

function cookiesIn(request: HttpRequest): [name: string, value: string][] {
  const start = cookieName(request);
  return cookiesOf(request).filter(([name, value]) => name.startsWith(start) && VALUE.test(value));
}

/** @param seconds how long the browser keeps it; 0: it deletes it */
function setCookie(context: ArgumentsHost, name: string, value: string, seconds: number): void {
  const cookie = [`${name}=${value}`, 'Path=/', 'HttpOnly', 'SameSite=Lax', `Max-Age=${seconds}`];
  if (isSecure(requestOf(context))) cookie.push('Secure');
  const response = context.switchToHttp().getResponse<HttpResponse>();
  // Both add to the cookies that are set already.
  if (response.raw) response.header('Set-Cookie', cookie.join('; '));
  else response.append('Set-Cookie', cookie.join('; '));
}

/** A cache that many share would give all of them one key. A handler may say otherwise. */
function keepOutOfCaches(context: ArgumentsHost): void {
  context.switchToHttp().getResponse<HttpResponse>().header('Cache-Control', 'no-store');
}

function requestOf(context: ArgumentsHost): HttpRequest {
  if (context.getType() === 'http') return context.switchToHttp().getRequest<HttpRequest>();
  throw new TempIDConfigurationError(
    `@BrowserKey() and boundTo: 'browser' work only in a handler of HTTP.`,
  );
}

/** What the name of a cookie begins with. With `__Host-` no other host, and no page without TLS, can set it (RFC 6265bis). */
function cookieName(request: HttpRequest): string {
  return isSecure(request) ? `__Host-${COOKIE}` : COOKIE;
}

function random(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

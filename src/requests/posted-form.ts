import { createHmac } from 'node:crypto';
import type { ExecutionContext } from '@nestjs/common';
import { TempIDConfigurationError } from '../common/errors.js';
import { handlerKeyOf } from '../common/nest-internals.js';
import { trimToken } from '../token/token-ends.js';
import type { TempIDRequest } from './extractors.js';

/** What Express and Fastify requests both say; behind a mounted router Express' `url` is shorter. */
interface HttpRequest extends TempIDRequest {
  readonly method: string;
  readonly originalUrl?: string;
  readonly url?: string;
  /** By which Nest finds a controller with a `host`. */
  readonly hostname?: string;
}

/** Deeper bodies, and such as hold themselves, are compared with none. */
const MAX_DEPTH = 64;

/** Parsers of these types read all that was sent, and know an object without content. */
const READ_WHOLE = /^application\/(?:[\w.+-]+\+)?json\b|^application\/x-www-form-urlencoded\b/i;

/**
 * Names what was sent with a token (`by: 'form'`): the same for the same handler, method, address, `Authorization` and
 * body, in every process and whatever secret is the newest, and different for all else. The token is the key, which no
 * store has, so who reads a store cannot try out what was sent.
 *
 * @returns undefined where not all that was sent can be compared, such as files
 * @throws TempIDConfigurationError where there is no request of HTTP
 */
export function nameOfForm(context: ExecutionContext, token: string): string | undefined {
  if (context.getType() !== 'http') {
    throw new TempIDConfigurationError(`by: 'form' and 'grace' are for handlers of HTTP.`);
  }
  const request = context.switchToHttp().getRequest<HttpRequest>();
  const { method, hostname, headers, originalUrl = request.url, body } = request;
  if (!isWhole(request)) return undefined;
  const handler = handlerKeyOf(context.getClass(), context.getHandler());
  try {
    const form = [handler, method, hostname, originalUrl, headers['authorization'], body];
    const content = JSON.stringify(form.map((part) => toJson(part)));
    const hash = createHmac('sha256', trimToken(token)).update(content);
    return `form:${hash.digest('base64url')}`;
  } catch (error) {
    if (error instanceof NotComparable) return undefined;
    throw error;
  }
}

/** Whether `body` has all that was sent: of a form with files, or one that no parser knows, it has not. */
function isWhole({ headers, body }: HttpRequest): boolean {
  const type = String(headers['content-type'] ?? '');
  if (/^multipart\//i.test(type)) return false;
  const isEmpty =
    body === undefined || body === null || (isPlain(body) && Object.keys(body).length === 0);
  if (!isEmpty || (READ_WHOLE.test(type) && body !== undefined)) return true;
  const length = headers['content-length'];
  if (length !== undefined) return length === '0';
  // Of HTTP/2, whose headers say the method, only a GET has surely nothing.
  const method = headers[':method'];
  return headers['transfer-encoding'] === undefined && (method === undefined || method === 'GET');
}

class NotComparable extends Error {}

/**
 * A value that JSON writes in one way, and no other value in the same: objects by the order of their keys, and what
 * JSON has not, or does not tell apart, as a list that begins with a mark.
 */
function toJson(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new NotComparable();
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (value === undefined) return ['undefined'];
  if (typeof value === 'number') return ['number', Object.is(value, -0) ? '-0' : String(value)];
  if (typeof value === 'bigint') return ['bigint', String(value)];
  if (value instanceof Uint8Array) return ['bytes', Buffer.from(value).toString('base64')];
  if (Array.isArray(value)) return ['list', Array.from(value, (item) => toJson(item, depth + 1))];
  if (!isPlain(value)) throw new NotComparable();
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return ['object', entries.map(([key, item]) => [key, toJson(item, depth + 1)])];
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  // Parsers give objects without a prototype, or with an empty one of their own, too.
  const prototype = Reflect.getPrototypeOf(value);
  return prototype === null || Reflect.getPrototypeOf(prototype) === null;
}

import { type ExecutionContext, HttpException, HttpStatus, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import type { TempIDRequest } from './extractors.js';

/** The headers by which a browser, or a program for it, says that nobody has clicked yet. */
const PURPOSE_HEADERS = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];

const NOBODY_CLICKED = /prefetch|prerender|preview/i;

/**
 * Methods that ask about an address: HEAD, which Express and Fastify hand to the handler of GET, and those that
 * `@All` takes as well, by which office programs look at a link before they open it.
 */
const LOOKS: ReadonlySet<string> = new Set(['HEAD', 'OPTIONS', 'TRACE', 'PROPFIND']);

/** Whether the request only looks at what an address leads to: by its method, or as a prefetch. */
export function isPrefetch(context: ExecutionContext): boolean {
  if (context.getType() !== 'http') return false;
  const request = context.switchToHttp().getRequest<TempIDRequest & { method: string }>();
  const { method } = request;
  if (LOOKS.has(method)) return method !== 'PROPFIND' || !isFor(method, context.getHandler());
  if (method !== 'GET') return false;
  return PURPOSE_HEADERS.some((name) => NOBODY_CLICKED.test(String(request.headers[name] ?? '')));
}

/** Whether a handler is there for this method, and not for all of them. */
function isFor(method: string, handler: object): boolean {
  const declared: unknown = Reflect.getMetadata(METHOD_METADATA, handler);
  return declared === RequestMethod[method as keyof typeof RequestMethod];
}

/**
 * Ends a request that only looks: 204, which makes a browser forget what it has fetched too early, and ask
 * again when somebody clicks.
 */
export class PrefetchException extends HttpException {
  constructor() {
    super('', HttpStatus.NO_CONTENT);
  }
}

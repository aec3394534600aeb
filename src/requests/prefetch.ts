import { type ExecutionContext, HttpException, HttpStatus, RequestMethod } from '@nestjs/common';
import { requestMethodOf } from '../common/nest-internals.js';
import type { TempIDRequest } from './extractors.js';
import { OnePerProcess } from '../common/one-per-process.js';

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
  if (LOOKS.has(method)) {
    // A handler of PROPFIND alone means to answer it.
    const isMeant = requestMethodOf(context.getHandler()) === RequestMethod.PROPFIND;
    return method !== 'PROPFIND' || !isMeant;
  }
  if (method !== 'GET') return false;
  return PURPOSE_HEADERS.some((name) => NOBODY_CLICKED.test(String(request.headers[name] ?? '')));
}

/**
 * Ends a request that only looks: 204, which makes a browser forget what it has fetched too early, and ask
 * again when somebody clicks.
 */
@OnePerProcess('PrefetchException')
export class PrefetchException extends HttpException {
  constructor() {
    super('', HttpStatus.NO_CONTENT);
  }
}

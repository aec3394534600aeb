import { type ExecutionContext, HttpException, HttpStatus } from '@nestjs/common';
import type { TempIDRequest } from './extract.js';

/** The headers by which a browser, or a program for it, says that nobody has clicked yet. */
const PURPOSE_HEADERS = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];

const NOBODY_CLICKED = /prefetch|prerender|preview/i;

/**
 * Whether the request only looks at what an address leads to: HEAD, which Express and Fastify hand to the
 * handler of GET, and a prefetch.
 */
export function isOnlyALook(context: ExecutionContext): boolean {
  if (context.getType() !== 'http') return false;
  const request = context.switchToHttp().getRequest<TempIDRequest & { method: string }>();
  if (request.method === 'HEAD') return true;
  if (request.method !== 'GET') return false;
  return PURPOSE_HEADERS.some((name) => NOBODY_CLICKED.test(String(request.headers[name] ?? '')));
}

/**
 * Ends a request that only looks: 204, which makes a browser forget what it has fetched too early, and ask
 * again when somebody clicks.
 */
export class OnlyALookException extends HttpException {
  constructor() {
    super('', HttpStatus.NO_CONTENT);
  }
}

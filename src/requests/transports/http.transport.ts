import type { ArgumentsHost, HttpException } from '@nestjs/common';
import { type AbstractHttpAdapter, BaseExceptionFilter } from '@nestjs/core';
import type { TempIDError } from '../../common/errors.js';
import type { TempIDRequest } from '../extractors.js';
import { nodeResponseOf } from '../node-response.js';
import {
  TempIDConflictException,
  TempIDForbiddenException,
  TempIDNotFoundException,
  TempIDUnauthorizedException,
  TempIDUnavailableException,
} from '../exceptions.js';
import { isRefusal, refusalBodyOf, STATUS } from './refusal-body.js';
import type { Transport } from './transport.js';

/** Seconds after which a client may try again where the store could not answer. */
const RETRY_AFTER = 5;

export const http: Transport = {
  requestsOf: (context) => [context.switchToHttp().getRequest<TempIDRequest>()],

  keyOf: (context) => context.switchToHttp().getRequest<object>(),

  answerOf: nodeResponseOf,

  responseOf: (context) => context.switchToHttp().getResponse<object>(),

  toException: toHttpException,

  tell(thrown, host, httpAdapter) {
    const filter = new BaseExceptionFilter(httpAdapter);
    // Nest logs what it does not know, and answers 500.
    if (!isRefusal(thrown)) return filter.catch(thrown, host);
    const exception = toHttpException(thrown);
    setRefusalHeaders(exception, host, httpAdapter);
    filter.catch(exception, host);
  },
};

const EXCEPTIONS = new Map([
  [403, TempIDForbiddenException],
  [404, TempIDNotFoundException],
  [409, TempIDConflictException],
  [503, TempIDUnavailableException],
]);

/** What a guard or `@BrowserKey()` throws for an error on HTTP. */
export function toHttpException(error: TempIDError): HttpException {
  const Exception = EXCEPTIONS.get(STATUS[error.code] ?? 401) ?? TempIDUnauthorizedException;
  return new Exception(refusalBodyOf(error), error);
}

/** Adds what belongs to a refusal, unless a part of another answer is out. */
export function setRefusalHeaders(
  exception: HttpException,
  host: ArgumentsHost,
  httpAdapter: AbstractHttpAdapter,
): void {
  const response: unknown = host.switchToHttp().getResponse();
  if (httpAdapter.isHeadersSent(response)) return;
  const status = exception.getStatus();
  httpAdapter.setHeader(response, 'Cache-Control', 'no-store');
  if (status === 401) httpAdapter.setHeader(response, 'WWW-Authenticate', 'Bearer');
  if (status === 503) httpAdapter.setHeader(response, 'Retry-After', String(RETRY_AFTER));
}

import type { ExecutionContext, HttpException } from '@nestjs/common';
import type { TempIDError } from '../errors.js';
import { TempIDStoreUnavailableError } from '../errors.js';
import type { TempIDRequest } from '../guards/extract.js';
import type { Answer } from '../guards/held-use.js';
import {
  TempIDUnauthorizedException,
  TempIDUnavailableException,
} from '../guards/tempid.exceptions.js';
import { refusalBodyOf } from './refusal-body.js';
import type { Transport } from './transport.js';

export const http: Transport = {
  requestsOf: (context) => [context.switchToHttp().getRequest<TempIDRequest>()],

  keyOf: (context) => context.switchToHttp().getRequest<object>(),

  /** Node's own response, which Fastify wraps and Express extends. */
  answerOf(context: ExecutionContext): Answer {
    const response = context.switchToHttp().getResponse<Answer & { raw?: Answer }>();
    return response.raw ?? response;
  },

  toException(error: TempIDError): HttpException {
    const body = refusalBodyOf(error);
    return error instanceof TempIDStoreUnavailableError
      ? new TempIDUnavailableException(body, error)
      : new TempIDUnauthorizedException(body, error);
  },
};

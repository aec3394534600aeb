import type { ArgumentsHost, ExecutionContext } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { TempIDError } from '../../common/errors.js';
import type { TempIDRequest } from '../extractors.js';
import type { NodeResponse } from '../node-response.js';

/** What the guard must know of a way by which requests come: HTTP, GraphQL, WebSockets, microservices. */
export interface Transport {
  /**
   * Where a token may be, nearest first: what the message itself carries comes before what the connection
   * or the request around it carries.
   */
  requestsOf(context: ExecutionContext): readonly TempIDRequest[];

  /** An object of this one request or message that guards, interceptors and parameters all meet. */
  keyOf(context: ExecutionContext): object;

  /** The answer whose status tells how the request ended; null where there is no such status. */
  answerOf(context: ExecutionContext): NodeResponse | null;

  /** The HTTP response that carries the answer, as the platform has it; null where there is none in reach. */
  responseOf(context: ExecutionContext): object | null;

  /** What is thrown so that the client learns the code. */
  toException(error: TempIDError, context: ExecutionContext): Error | Promise<Error>;

  /**
   * Tells the client of an error that left a handler, as a filter of the transport does it: by what is returned,
   * thrown or sent. Of a mistake of the application the client learns only that there was one.
   */
  tell(error: TempIDError, host: ArgumentsHost, httpAdapter: AbstractHttpAdapter): unknown;
}

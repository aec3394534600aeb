import { throwError } from 'rxjs';
import { messageExceptionOf } from './message-exception.js';
import { messageOf } from './message.js';
import { messageBodyOf } from './refusal-body.js';
import type { Transport } from './transport.js';

/** Data, context and, of gRPC, the call: what comes after them no parameter of Nest asks for. */
const AFTER_ALL_ARGUMENTS = 3;

/** The data of a message to a microservice. */
export const rpc: Transport = {
  requestsOf: (context) => [{ headers: {}, body: context.switchToRpc().getData() }],

  keyOf(context) {
    const args: unknown[] = context.getArgs();
    while (args.length < AFTER_ALL_ARGUMENTS) args.push(undefined);
    return messageOf(context, AFTER_ALL_ARGUMENTS);
  },

  answerOf: () => null,

  responseOf: () => null,

  toException: (error) => messageExceptionOf(error, '@nestjs/microservices', 'RpcException'),

  tell: (error) => throwError(() => messageBodyOf(error)),
};

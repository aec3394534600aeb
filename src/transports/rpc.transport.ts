import { TempIDConfigurationError } from '../errors.js';
import { refusalBodyOf } from './refusal-body.js';
import type { Transport } from './transport.js';

/** The data of a message to a microservice. */
export const rpc: Transport = {
  requestsOf: (context) => [{ headers: {}, body: context.switchToRpc().getData() }],

  /** Every transport of Nest makes a new one for each message. */
  keyOf(context) {
    const message: unknown = context.switchToRpc().getContext();
    if (typeof message === 'object' && message !== null) return message;
    throw new TempIDConfigurationError(
      `TempIDGuard needs a transport that gives each message a context of its own.`,
    );
  },

  answerOf: () => null,

  /** As Nest does itself, the package is loaded where there is a microservice and only there. */
  async toException(error) {
    const { RpcException } = await import('@nestjs/microservices');
    const body = { status: 'error', ...refusalBodyOf(error) };
    return Object.assign(new RpcException(body), { cause: error });
  },
};

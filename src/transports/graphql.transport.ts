import { type ExecutionContext, HttpException } from '@nestjs/common';
import { TempIDStoreUnavailableError, type TempIDError } from '../errors.js';
import type { TempIDRequest } from '../guards/extract.js';
import { type RefusalBody, refusalBodyOf } from './refusal-body.js';
import type { Transport } from './transport.js';

/** GraphQL takes the `extensions` of whatever a resolver throws, and every driver sends them. */
class GraphQLRefusal extends HttpException {
  readonly extensions: RefusalBody;

  constructor({ message, ...details }: RefusalBody, cause: TempIDError) {
    super(message, cause instanceof TempIDStoreUnavailableError ? 503 : 401, { cause });
    this.extensions = { message, ...details };
  }
}

/** The arguments of a field, and then the HTTP request that asked for it. */
export const graphql: Transport = {
  requestsOf(context) {
    const [, args, gqlContext] = argumentsOf(context);
    return [{ headers: {}, body: args }, ...requestsAround(gqlContext)];
  },

  /** GraphQL makes a new `info` for each field that it resolves. */
  keyOf: (context) => Object(argumentsOf(context)[3]),

  answerOf: () => null,

  toException: (error) => new GraphQLRefusal(refusalBodyOf(error), error),
};

/** Parent, arguments, context and info; a reference resolver gets no arguments. */
function argumentsOf(context: ExecutionContext): readonly unknown[] {
  const args: readonly unknown[] = context.getArgs();
  return args.length === 3 ? [args[0], undefined, args[1], args[2]] : args;
}

/** Apollo and Mercurius both call it `req`. Its body is the query, where a token is an argument or none. */
function requestsAround(gqlContext: unknown): readonly TempIDRequest[] {
  const { req } = Object(gqlContext) as { req?: Partial<TempIDRequest> };
  if (!req?.headers) return [];
  return [{ headers: req.headers, query: req.query }];
}

import { type ExecutionContext, HttpException, InternalServerErrorException } from '@nestjs/common';
import { TempIDConfigurationError, type TempIDError } from '../../common/errors.js';
import type { TempIDRequest } from '../extractors.js';
import { isRefusal, MISTAKE, type RefusalBody, refusalBodyOf, STATUS } from './refusal-body.js';
import type { Transport } from './transport.js';
import { onePerProcess } from '../../common/one-per-process.js';

/** GraphQL takes the `extensions` of whatever a resolver throws, and every driver sends them. */
class GraphQLRefusal extends HttpException {
  readonly extensions: Omit<RefusalBody, 'message'>;

  constructor({ message, ...extensions }: RefusalBody, cause: TempIDError) {
    super(message, STATUS[cause.code] ?? 401, { cause });
    this.extensions = extensions;
  }
}

/**
 * The arguments of a field, and then the HTTP request around it. The shapes of arguments and context are those of
 * Apollo 5.5 and Mercurius 16.10 by @nestjs/graphql 13.4 and 14.0; test/requests/transports/graphql.spec.ts and
 * subscriptions.spec.ts run both.
 */
export const graphql: Transport = {
  requestsOf(context) {
    const { args, gqlContext } = resolutionOf(context);
    return [{ headers: {}, body: args }, ...requestsAround(gqlContext)];
  },

  /** GraphQL makes a new `info` for each field that it resolves. */
  keyOf(context) {
    const { parent, info, isOfReference } = resolutionOf(context);
    if (typeof info !== 'object' || info === null) {
      throw new TempIDConfigurationError(
        'TempIDGuard needs the info that GraphQL gives a resolver.',
      );
    }
    return isOfReference ? keyOfReference(info, parent) : info;
  },

  answerOf: () => null,

  /** Only Mercurius gives it. Apollo says `no-store` by itself. */
  responseOf(context) {
    const { reply } = Object(resolutionOf(context).gqlContext) as GqlContext;
    return typeof reply?.header === 'function' ? reply : null;
  },

  toException: (error) => new GraphQLRefusal(refusalBodyOf(error), error),

  tell(error) {
    if (isRefusal(error)) throw new GraphQLRefusal(refusalBodyOf(error), error);
    throw new InternalServerErrorException(MISTAKE, { cause: error });
  },
};

/** Parent, arguments, context and info; a reference resolver of a federation gets no arguments. */
function resolutionOf(context: ExecutionContext) {
  const resolved: readonly unknown[] = context.getArgs();
  const isOfReference = resolved.length === 3;
  const [parent, args, gqlContext, info] = isOfReference
    ? resolved.toSpliced(1, 0, undefined)
    : resolved;
  return { parent, args, gqlContext, info, isOfReference };
}

/** By `info`, which the many references share that one field resolves: each of them is a use of its own. */
const references = onePerProcess('references', () => new WeakMap<object, Map<unknown, object>>());

function keyOfReference(info: object, reference: unknown): object {
  const ofField = references.get(info) ?? new Map<unknown, object>();
  const key = ofField.get(reference) ?? {};
  references.set(info, ofField.set(reference, key));
  return key;
}

interface GqlContext {
  readonly req?: Partial<TempIDRequest> & {
    readonly raw?: object;
    readonly res?: { readonly writableEnded?: boolean };
  };
  readonly reply?: { readonly header?: unknown; readonly request?: { readonly raw?: object } };
}

/** Apollo and Mercurius both call it `req`. Its body is the query, where a token is an argument or none. */
function requestsAround(gqlContext: unknown): readonly TempIDRequest[] {
  const context = Object(gqlContext) as GqlContext;
  if (!context.req?.headers) return [];
  if (isOfAnother(context)) {
    throw new TempIDConfigurationError(
      `The option 'context' of GraphQLModule is one object, in which Nest keeps the first request for all ` +
        'others. Give a function that returns a new object for each.',
    );
  }
  return [{ headers: context.req.headers, query: context.req.query }];
}

/** Whether Mercurius answers another request, or Express has answered this one, whose token is not ours to use. */
function isOfAnother({ req, reply }: GqlContext): boolean {
  const running = reply?.request?.raw;
  return Boolean((req?.raw && running && req.raw !== running) || req?.res?.writableEnded);
}

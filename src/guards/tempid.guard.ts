import {
  type CanActivate,
  type ExecutionContext,
  HttpException,
  Inject,
  Injectable,
} from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import { TempIDConfigurationError, TempIDScopeError } from '../common/errors.js';
import { TempIDEvents } from '../events/tempid-events.js';
import type { ResolvedOptions } from '../config/options.js';
import { TempID } from '../token/tempid.js';
import { TEMPID_OPTIONS } from '../config/module-definition.js';
import { TempIDService } from '../tempid.service.js';
import { setRefusalHeaders } from '../requests/transports/http.transport.js';
import { transportOf } from '../requests/transports/index.js';
import { isRefusal } from '../requests/transports/refusal-body.js';
import { TempIDStore } from '../stores/tempid-store.js';
import { assertKeepsUsers } from '../stores/used-by.js';
import { isBy, type UseByOptions } from '../operations/used-by.js';
import type { VerifyOptions } from '../operations/verify-options.js';
import { errorWithoutTokens } from '../token/without-tokens.js';
import type { TempIDExtractor } from '../requests/extractors.js';
import type { NodeResponse } from '../requests/node-response.js';
import { browserLookup } from '../links/browser-key.js';
import { nameOfForm } from '../requests/posted-form.js';
import { UseReservation } from '../requests/use-reservation.js';
import { isObserved } from './use-reservation.interceptor.js';
import { MissingTokens } from './missing-tokens.js';
import { isPrefetch, PrefetchException } from '../requests/prefetch.js';
import { type RequestState, stateOf, setState } from '../requests/request-state.js';
import { asksForTheRest, continuationOf, letOnlyTheRestOut } from './resumption.js';
import { type TempIDRoute, USE_TEMPID, type UseTempIDOptions } from '../requests/route-options.js';
import { OnePerProcess } from '../common/one-per-process.js';
import { warnOfUnlimited } from './unlimited-uses.js';

const NO_OPTIONS: TempIDRoute = {};

/** What a guard has admitted. */
export interface Admission {
  readonly token: TempID;
  /** Whether the token was used for this request: `consume: 'on-success'` may refund it. */
  readonly isUsed: boolean;
  /** Whether the same `by` has used it before, and was let through again. Default: false. */
  readonly repeated?: boolean;
}

/**
 * Lets a request through whose token is good: of HTTP, GraphQL, WebSockets or a microservice. Each protected
 * method is one decision: extend the class, override one, and give it as `guard` to `@UseTempID`.
 */
@OnePerProcess('TempIDGuard')
@Injectable()
export class TempIDGuard implements CanActivate {
  @Inject(TempIDService) protected readonly tempid!: TempIDService;
  @Inject(TEMPID_OPTIONS) protected readonly options!: ResolvedOptions;
  @Inject(Reflector) protected readonly reflector!: Reflector;
  @Inject(HttpAdapterHost) protected readonly adapterHost!: HttpAdapterHost;
  @Inject(TempIDEvents) private readonly events!: TempIDEvents;
  @Inject(TempIDStore) private readonly tempidStore!: TempIDStore;
  private readonly missingTokens = new MissingTokens();
  /** What a route of several methods answers OPTIONS with; of a handler of one method no OPTIONS comes here. */
  protected readonly methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

  /**
   * @throws HttpException 401 for a token that is missing or bad, 409 for one that the same `by` has used, 503 where the store could not answer; of
   *   GraphQL an error with the code in its extensions, of a gateway WsException, of a microservice
   *   RpcException
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    // A decorator on the class and one on the handler run two guards of one class.
    if (stateOf(context)?.guard.constructor === this.constructor) return true;
    const route = this.getRouteOptions(context);
    // The handler has its own guard, which its decorator runs after this one of its class.
    if (route.guard && !(this instanceof route.guard)) return true;
    this.forbidCaching(context);
    this.enter(context, route);
    if (route.consume === 'on-success') assertObserved(context);
    if (route.consume && isPrefetch(context)) throw this.refuse(context, new PrefetchException());
    let value: string | undefined;
    try {
      value = this.getToken(context, route);
      if (value === undefined) {
        this.events.emitRefused('TEMPID_MISSING');
        throw this.missingTokens.toError(context);
      }
      const earlier = usedBefore(context, value, route);
      const verifyOptions = await this.verifyOptionsFor(value, context, route);
      const options = { ...verifyOptions, ...(await this.whoUses(value, context, route)) };
      const admission = await this.admit(value, context, route, options);
      assertAdmission(admission, this);
      const { token, isUsed, repeated = earlier?.repeated ?? false } = admission;
      warnOfUnlimited(context, route, token);
      const isHeld = isUsed && route.consume === 'on-success';
      const reservation = isHeld
        ? this.reserve(token, options.by, context)
        : (earlier?.reservation ?? null);
      // One request is one use, also where that was spent by the request that it repeats.
      const isDone = isUsed || repeated || !!earlier;
      setState(context, { guard: this, route, token, isUsed: isDone, repeated, reservation });
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw errorWithoutTokens(error, [value]);
      throw this.refuse(context, await transportOf(context).toException(error, context));
    }
  }

  /**
   * @internal
   * @throws TempIDConfigurationError where the store does not know who used a token
   */
  assertKeepsUsers(): void {
    assertKeepsUsers(this.tempidStore);
  }

  /** The options of the route: of the handler's decorator, otherwise of its class's. */
  protected getRouteOptions(context: ExecutionContext): TempIDRoute {
    const targets = [context.getHandler(), context.getClass()];
    return (
      this.reflector.getAllAndOverride<TempIDRoute | undefined>(USE_TEMPID, targets) ?? NO_OPTIONS
    );
  }

  /** What comes before the token is looked for: nothing, of a route without `@TempIDLink`. */
  protected enter(_context: ExecutionContext, _route: TempIDRoute): void {}

  /** The token in the request, or undefined. */
  protected getToken(context: ExecutionContext, route: TempIDRoute): string | undefined {
    return this.find(context, route.extract ?? this.options.extract);
  }

  /** What the first of the extractors finds, in the message itself before in what is around it. */
  protected find(
    context: ExecutionContext,
    extract: TempIDExtractor | readonly TempIDExtractor[],
  ): string | undefined {
    const extractors = typeof extract === 'function' ? [extract] : extract;
    for (const request of transportOf(context).requestsOf(context)) {
      for (const extractor of extractors) {
        const value = extractor(request, context);
        if (value !== undefined) return value;
      }
    }
    return undefined;
  }

  /** What the route asks of the token. */
  protected getVerifyOptions(context: ExecutionContext, route: TempIDRoute): VerifyOptions {
    const { kind, purpose, audience, checkUses, subject, boundTo } = route;
    return {
      ...(purpose !== undefined && { purpose }),
      ...(audience !== undefined && { audience }),
      ...(checkUses !== undefined && { checkUses }),
      ...(kind && { kind, context }),
      // A look-up that finds nothing is asked for all the same, and no token has it.
      ...('subject' in route && {
        subject: typeof subject === 'function' ? subject(context) : subject,
      }),
      ...('boundTo' in route && {
        boundTo:
          boundTo === 'browser'
            ? browserLookup(context)
            : (token: TempID) => boundTo?.(token, context),
      }),
    };
  }

  /** Who uses the token (`by`); a request of which this is no text of 1 to 255 characters is refused. */
  protected getBy(
    context: ExecutionContext,
    { by }: TempIDRoute,
    value: string,
  ): string | null | undefined | Promise<string | null | undefined> {
    return by === 'form' ? nameOfForm(context, value) : by?.(context);
  }

  /**
   * Verifies the token, and uses it where the route says so and this request has not done so before.
   *
   * @param options what `useOrThrow` takes; without `by` and `repeat`, what `verifyOrThrow` takes
   */
  protected async admit(
    value: string,
    context: ExecutionContext,
    route: TempIDRoute,
    options: VerifyOptions & UseByOptions,
  ): Promise<Admission> {
    const { by: _1, repeat: _2, ...verifyOptions } = options;
    if (!route.consume) {
      return { token: await this.tempid.verifyOrThrow(value, verifyOptions), isUsed: false };
    }
    if (usedBefore(context, value, route)) {
      const unasked = { ...verifyOptions, checkUses: false };
      return { token: await this.tempid.verifyOrThrow(value, unasked), isUsed: false };
    }
    if (route.resumable && asksForTheRest(context)) {
      const continued = await continuationOf(this.tempid, value, verifyOptions);
      if (continued) {
        letOnlyTheRestOut(context);
        return { token: continued, isUsed: false };
      }
    }
    const { token, repeated } = await this.tempid.useResult(value, options);
    return { token, isUsed: !repeated, repeated };
  }

  /** Who uses the token, and for how long they may come again, where the route asks by whom it is used. */
  private async whoUses(
    value: string,
    context: ExecutionContext,
    route: TempIDRoute,
  ): Promise<UseByOptions> {
    if (route.by === undefined) return {};
    const by = await this.getBy(context, route, value);
    if (!isBy(by)) {
      this.events.emitRefused('TEMPID_SCOPE');
      throw new TempIDScopeError('The request does not say who uses the token.');
    }
    return { by, ...(route.repeat !== undefined && { repeat: route.repeat }) };
  }

  /** {@link getVerifyOptions}, once it is sure that they keep the kind. */
  protected async verifyOptionsFor(
    _value: string,
    context: ExecutionContext,
    route: TempIDRoute,
  ): Promise<VerifyOptions> {
    const options = this.getVerifyOptions(context, route);
    assertKindKept(options, route);
    return options;
  }

  /** Adds the headers that belong to a refusal, where there are headers. */
  protected refuse(context: ExecutionContext, exception: Error): Error {
    if (!(exception instanceof HttpException) || context.getType() !== 'http') return exception;
    const { httpAdapter } = this.adapterHost;
    setRefusalHeaders(exception, context, httpAdapter);
    const { method } = context.switchToHttp().getRequest<{ method: string }>();
    if (method === 'OPTIONS' && exception instanceof PrefetchException) {
      httpAdapter.setHeader(context.switchToHttp().getResponse(), 'Allow', this.methods.join(', '));
    }
    return exception;
  }

  /** What a token has opened is for its holder: no cache keeps it, unless the handler says otherwise. */
  private forbidCaching(context: ExecutionContext): void {
    const response = transportOf(context).responseOf(context);
    if (!response || this.adapterHost.httpAdapter.isHeadersSent(response)) return;
    this.setHeader(response, 'Cache-Control', 'no-store');
  }

  /** On Node's own response as well, to which a handler of Fastify may write past `reply`. */
  protected setHeader(
    response: { readonly raw?: Pick<NodeResponse, 'headersSent' | 'setHeader'> },
    name: string,
    value: string,
  ): void {
    this.adapterHost.httpAdapter.setHeader(response, name, value);
    if (response.raw?.headersSent === false) response.raw.setHeader(name, value);
  }

  private reserve(
    token: TempID,
    by: string | undefined,
    context: ExecutionContext,
  ): UseReservation {
    return new UseReservation(
      () => this.tempid.refund(token, by === undefined ? {} : { by }),
      transportOf(context).answerOf(context),
    );
  }
}

/** What a guard of another class has found out by the same options about the same token, and used. */
function usedBefore(
  context: ExecutionContext,
  value: string,
  route: UseTempIDOptions,
): RequestState | null {
  const earlier = stateOf(context);
  const isSame = earlier?.route === route && earlier.token.equals(value);
  return isSame && earlier.isUsed ? earlier : null;
}

/** Without it nothing would ask for the purpose, the schema and the binding of the kind. */
function assertKindKept(options: VerifyOptions, { kind }: TempIDRoute): void {
  if (!kind || options.kind) return;
  throw new TempIDConfigurationError(
    `The guard of a route of the kind '${kind.purpose}' asks for no kind: spread what super.getVerifyOptions returns.`,
  );
}

/** `verify` answers null for a bad token: who calls it in an `admit` of their own would let everybody in. */
function assertAdmission(admission: unknown, guard: object): void {
  const { token, isUsed, repeated = false } = Object(admission) as Partial<Admission>;
  const isTold = typeof isUsed === 'boolean' && typeof repeated === 'boolean';
  if (token instanceof TempID && isTold) return;
  throw new TempIDConfigurationError(
    `'admit' of ${guard.constructor.name} must give { token, isUsed }: the token is what useOrThrow or verifyOrThrow ` +
      'gives, which throw for a bad one, and isUsed says whether a use of it was spent.',
  );
}

function assertObserved(context: ExecutionContext): void {
  if (isObserved(context.getHandler())) return;
  throw new TempIDConfigurationError(
    `consume: 'on-success' works only where @UseTempID says it, on the handler or its class.`,
  );
}

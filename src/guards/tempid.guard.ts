import {
  type CanActivate,
  type ExecutionContext,
  HttpException,
  Inject,
  Injectable,
  Logger,
} from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import { TempIDError, TempIDStoreUnavailableError } from '../errors.js';
import type { ResolvedOptions } from '../options.js';
import type { TempID } from '../tempid.js';
import { TEMPID_OPTIONS } from '../tempid.module-definition.js';
import { TempIDService } from '../tempid.service.js';
import type { VerifyOptions } from '../verify-options.js';
import type { TempIDExtractor, TempIDRequest } from './extract.js';
import { HeldUse } from './held-use.js';
import { recordOf, setRecord } from './request-record.js';
import { missingTokenException, toException } from './tempid.exceptions.js';
import type { UseTempIDOptions } from './use-tempid.options.js';

/** The key of a route's {@link UseTempIDOptions} in its metadata. */
export const USE_TEMPID = 'nestjs-tempid:use-tempid';

/** Seconds after which a client may try again where the store could not answer. */
const RETRY_AFTER = 5;

/**
 * Lets a request through whose token is good. Each protected method is one decision: extend the class,
 * override one, and give it as `guard` to `@UseTempID`.
 */
@Injectable()
export class TempIDGuard implements CanActivate {
  @Inject(TempIDService) protected readonly tempid!: TempIDService;
  @Inject(TEMPID_OPTIONS) protected readonly options!: ResolvedOptions;
  @Inject(Reflector) protected readonly reflector!: Reflector;
  @Inject(HttpAdapterHost) protected readonly adapterHost!: HttpAdapterHost;

  /** @throws HttpException 401 for a token that is missing or bad, 503 where the store could not answer */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    // A decorator on the class and one on the handler run two guards: one request is one use.
    if (recordOf(context)?.guard === this.constructor) return true;
    const route = this.getRouteOptions(context);
    // The handler has its own guard, which its decorator runs after this one of its class.
    if (route.guard && !(this instanceof route.guard)) return true;
    const value = this.getToken(context, route);
    if (value === undefined) throw this.refuse(context, missingTokenException());
    try {
      const token = await this.admit(value, context, route);
      const heldUse = route.consume === 'on-success' ? this.holdUse(token, context) : null;
      setRecord(context, { guard: this.constructor, token, heldUse });
      return true;
    } catch (error) {
      if (!(error instanceof TempIDError)) throw error;
      if (error instanceof TempIDStoreUnavailableError)
        new Logger('TempIDGuard').error(error.message);
      throw this.refuse(context, toException(error));
    }
  }

  /** The options of the route: of the handler's decorator, otherwise of its class's. */
  protected getRouteOptions(context: ExecutionContext): UseTempIDOptions {
    const targets = [context.getHandler(), context.getClass()];
    return (
      this.reflector.getAllAndOverride<UseTempIDOptions | undefined>(USE_TEMPID, targets) ?? {}
    );
  }

  /** The token in the request, or undefined. */
  protected getToken(context: ExecutionContext, route: UseTempIDOptions): string | undefined {
    const request = context.switchToHttp().getRequest<TempIDRequest>();
    for (const extract of extractorsOf(route.extract ?? this.options.extract)) {
      const value = extract(request);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** What the route asks of the token. */
  protected getVerifyOptions(context: ExecutionContext, route: UseTempIDOptions): VerifyOptions {
    const { purpose, audience, checkUses, subject, boundTo } = route;
    return {
      purpose,
      audience,
      checkUses,
      ...(subject !== undefined && {
        subject: typeof subject === 'function' ? subject(context) : subject,
      }),
      ...(boundTo && { boundTo: (token: TempID) => boundTo(token, context) }),
    };
  }

  /** Verifies the token, and spends one use where the route says so. */
  protected async admit(
    value: string,
    context: ExecutionContext,
    route: UseTempIDOptions,
  ): Promise<TempID> {
    const options = this.getVerifyOptions(context, route);
    return route.consume
      ? this.tempid.useOrThrow(value, options)
      : this.tempid.verifyOrThrow(value, options);
  }

  /** Adds the headers that belong to a refusal. */
  protected refuse(context: ExecutionContext, exception: Error): Error {
    if (!(exception instanceof HttpException)) return exception;
    const response: unknown = context.switchToHttp().getResponse();
    const { httpAdapter } = this.adapterHost;
    if (exception.getStatus() === 503) {
      httpAdapter.setHeader(response, 'Retry-After', String(RETRY_AFTER));
    } else {
      httpAdapter.setHeader(response, 'WWW-Authenticate', 'Bearer');
    }
    return exception;
  }

  private holdUse(token: TempID, context: ExecutionContext): HeldUse {
    const heldUse = new HeldUse(() => this.tempid.refund(token));
    const response = rawResponse(context);
    response.once('close', () => heldUse.close(response.statusCode));
    return heldUse;
  }
}

function extractorsOf(
  extract: TempIDExtractor | readonly TempIDExtractor[],
): readonly TempIDExtractor[] {
  return typeof extract === 'function' ? [extract] : extract;
}

interface RawResponse {
  readonly statusCode: number;
  once(event: 'close', listener: () => void): unknown;
}

/** Node's own response, which Fastify wraps and Express extends. */
function rawResponse(context: ExecutionContext): RawResponse {
  const response = context.switchToHttp().getResponse<RawResponse & { raw?: RawResponse }>();
  return response.raw ?? response;
}

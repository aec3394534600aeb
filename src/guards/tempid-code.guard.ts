import { type ExecutionContext, Injectable } from '@nestjs/common';
import type { VerifyCodeOptions } from '../codes/code-options.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { stateOf } from '../requests/request-state.js';
import { type Admission, TempIDGuard } from './tempid.guard.js';
import { isCodeRoute, type TempIDCodeRoute } from '../codes/code-route-options.js';
import type { UseTempIDOptions } from '../requests/route-options.js';
import { OnePerProcess } from '../common/one-per-process.js';

/**
 * Lets a request through that answers its challenge with the right code. Each protected method is one
 * decision: extend the class, override one, and give it as `guard` to `@UseTempIDCode`.
 */
@OnePerProcess('TempIDCodeGuard')
@Injectable()
export class TempIDCodeGuard extends TempIDGuard {
  protected override getRouteOptions(context: ExecutionContext): TempIDCodeRoute {
    return parseCodeRoute(super.getRouteOptions(context), context);
  }

  /** The challenge. A request without a code has none: it costs no attempt. */
  protected override getToken(
    context: ExecutionContext,
    route: TempIDCodeRoute,
  ): string | undefined {
    return this.getCode(context, route) === undefined ? undefined : super.getToken(context, route);
  }

  /** The code in the request, or undefined. */
  protected getCode(context: ExecutionContext, route: TempIDCodeRoute): string | undefined {
    return this.find(context, route.code);
  }

  /** What the route asks of the challenge. */
  protected override getVerifyOptions(
    context: ExecutionContext,
    route: TempIDCodeRoute,
  ): VerifyCodeOptions {
    const { checkUses: _, ...ofChallenge } = super.getVerifyOptions(context, route);
    return { ...ofChallenge, ...(route.window !== undefined && { window: route.window }) };
  }

  /** Counts an attempt and compares, unless another guard has done so for this request. */
  protected override async admit(
    value: string,
    context: ExecutionContext,
    route: TempIDCodeRoute,
    options: VerifyCodeOptions,
  ): Promise<Admission> {
    const earlier = stateOf(context);
    if (earlier?.route === route && earlier.token.equals(value)) {
      return { token: earlier.token, isUsed: false };
    }
    const code = this.getCode(context, route) ?? '';
    const { token, repeated } = await this.tempid.codeResult(value, code, options);
    return { token, isUsed: false, repeated };
  }
}

/** By the options of another decorator the guard would not know what to ask for, and must let nothing through. */
function parseCodeRoute(route: UseTempIDOptions, context: ExecutionContext): TempIDCodeRoute {
  if (isCodeRoute(route)) return route;
  throw new TempIDConfigurationError(
    `TempIDCodeGuard needs @UseTempIDCode, and no other of these decorators, on ` +
      `${context.getClass().name}.${context.getHandler().name}.`,
  );
}

import { randomUUID } from 'node:crypto';
import {
  type ExecutionContext,
  Inject,
  Injectable,
  MethodNotAllowedException,
} from '@nestjs/common';
import { TempIDConfigurationError } from '../common/errors.js';
import { isLinkRoute, type TempIDLinkRoute } from '../links/link-options.js';
import { beginVisit, LinkGate } from '../links/link-gate.js';
import { watchRedirect } from '../links/redirect-warning.js';
import type { VerifyOptions } from '../operations/verify-options.js';
import { fromBody } from '../requests/extractors.js';
import type { TempIDRoute } from '../requests/route-options.js';
import { CLICK_FIELD } from '../pages/page-of-link.js';
import { TempIDGuard } from './tempid.guard.js';
import { OnePerProcess } from '../common/one-per-process.js';

/** Where the form of a link's page has its token. */
const fromForm = fromBody('token');
const fromClick = fromBody(CLICK_FIELD);

/**
 * Lets a request of a link through once a person has clicked, and answers what comes before the click by a page. Each
 * protected method is one decision: extend the class, override one, and give it as `guard` to `@TempIDLink`.
 */
@OnePerProcess('TempIDLinkGuard')
@Injectable()
export class TempIDLinkGuard extends TempIDGuard {
  @Inject(LinkGate) private readonly linkGate!: LinkGate;
  protected override readonly methods = ['GET', 'HEAD', 'POST', 'OPTIONS'];

  protected override getRouteOptions(context: ExecutionContext): TempIDLinkRoute {
    const route = super.getRouteOptions(context);
    if (isLinkRoute(route)) return route;
    throw new TempIDConfigurationError(
      `TempIDLinkGuard needs @TempIDLink on ${context.getClass().name}.${context.getHandler().name}.`,
    );
  }

  /** @throws MethodNotAllowedException for a method that neither opens a link nor clicks on its page */
  protected override enter(context: ExecutionContext, route: TempIDLinkRoute): void {
    const request = context.switchToHttp().getRequest<{ readonly method: string }>();
    const response = context.switchToHttp().getResponse<object>();
    if (!this.methods.includes(request.method)) {
      this.setHeader(response, 'Allow', this.methods.join(', '));
      throw new MethodNotAllowedException();
    }
    beginVisit(request, route);
    watchRedirect(context, route.link, this.options.linkPage);
    // The address holds the token, also where the handler answers it: it stays here.
    this.setHeader(response, 'Referrer-Policy', 'strict-origin');
  }

  protected override getToken(context: ExecutionContext, route: TempIDRoute): string | undefined {
    return this.find(context, fromForm) ?? super.getToken(context, route);
  }

  /**
   * Only a page's form has what nobody else can send again, and only the browser that asked for a link opens it without
   * one. Whatever else is posted is somebody new.
   */
  protected override getBy(
    context: ExecutionContext,
    route: TempIDRoute,
    value: string,
  ): ReturnType<TempIDGuard['getBy']> {
    const isPosted = context.switchToHttp().getRequest<{ method: string }>().method === 'POST';
    const isUnknown = isPosted && this.find(context, fromClick) === undefined;
    return route.by === 'form' && isUnknown ? randomUUID() : super.getBy(context, route, value);
  }

  /** What is asked of who has clicked, or need not. */
  protected override async verifyOptionsFor(
    value: string,
    context: ExecutionContext,
    route: TempIDLinkRoute,
  ): Promise<VerifyOptions> {
    const options = await super.verifyOptionsFor(value, context, route);
    return this.linkGate.pass(value, options, route, context);
  }
}

import { timingSafeEqual } from 'node:crypto';
import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { isBrowserBinding, toBinding } from '../binding.js';
import { TempIDExhaustedError } from '../errors.js';
import type { TempIDRequest } from '../guards/extract.js';
import type { ResolvedOptions } from '../options.js';
import { provenanceOf, type TempID } from '../tempid.js';
import { TEMPID_OPTIONS } from '../tempid.module-definition.js';
import { TempIDService } from '../tempid.service.js';
import { ANY_BINDING, refuseByScope, type VerifyOptions } from '../verify-options.js';
import { browserKeyOf } from './browser-key.js';
import { FirstAnswers } from './first-answers.js';
import { CLICK_FIELD, LinkPageException } from './link.exceptions.js';
import { type LinkedRoute, visitOf } from './link-request.js';

/** Decides whether a request to a link runs the handler: only what a person does may. */
@Injectable()
export class LinkGate {
  constructor(
    private readonly tempid: TempIDService,
    private readonly firstAnswers: FirstAnswers,
    @Inject(TEMPID_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * Lets a request go on that may spend a use, and says by which options.
   *
   * @throws LinkPageException where a click is needed first, FirstAnswerException where the form was
   *   answered already, and what `verifyOrThrow` throws
   */
  async pass(
    value: string,
    options: VerifyOptions,
    route: LinkedRoute,
    context: ExecutionContext,
  ): Promise<VerifyOptions> {
    const request = context.switchToHttp().getRequest<TempIDRequest & { method: string }>();
    const visit = visitOf(request);
    if (visit) visit.value = value;
    const browser = browserKeyOf(context);
    const token = await this.tempid.parse(value);
    // A guard may have named a binding of its own instead.
    const isByBrowser = route.boundTo === 'browser' && options.boundTo === browser;
    const isAsker = isByBrowser && isBoundTo(token, browser);
    const isForOthers = isByBrowser && !isAsker && route.link.otherBrowsers === 'page';
    const asked = isForOthers ? forOthers(token, options) : options;
    const isMeant = !isByBrowser || isAsker || isForOthers;
    if (visit && isMeant && this.isInScope(token, options)) visit.token = token;
    if (request.method === 'GET' && !isAsker) {
      const good = await this.tempid.verifyOrThrow(value, { ...asked, checkUses: true });
      throw new LinkPageException(good);
    }
    if (route.link.grace > 0 && browser !== undefined) {
      const spent = await this.refuseSpent(value, asked);
      // One token may be written in several ways, and has one form all the same.
      const form = { token: token.value, browser, click: clickOf(request) };
      await this.firstAnswers.enter(form, route.link.grace, context, spent);
    }
    return asked;
  }

  private isInScope(token: TempID, options: VerifyOptions): boolean {
    return refuseByScope(provenanceOf(token).token.claims, options, this.options) === null;
  }

  /** A spent token may have been spent by the first click. What else is bad is refused at once. */
  private async refuseSpent(
    value: string,
    options: VerifyOptions,
  ): Promise<TempIDExhaustedError | null> {
    try {
      await this.tempid.verifyOrThrow(value, { ...options, checkUses: true });
      return null;
    } catch (error) {
      if (error instanceof TempIDExhaustedError) return error;
      throw error;
    }
  }
}

/** What another browser than the one that asked is held to, where it may go on from the page. */
function forOthers(token: TempID, options: VerifyOptions): VerifyOptions {
  const { boundTo: _, ...others } = options;
  const binding = bindingOf(token);
  // Whatever else a token is bound to, such as a code to type, must be there all the same.
  return binding && isBrowserBinding(binding) ? { ...others, boundTo: ANY_BINDING } : others;
}

function isBoundTo(token: TempID, browser: string | undefined): boolean {
  const binding = bindingOf(token);
  return Boolean(binding && browser && timingSafeEqual(toBinding(browser), binding));
}

function bindingOf(token: TempID): Buffer | null {
  return provenanceOf(token).token.claims.binding;
}

function clickOf({ body }: TempIDRequest): string {
  const click: unknown = Object(body)[CLICK_FIELD];
  return typeof click === 'string' ? click : '';
}

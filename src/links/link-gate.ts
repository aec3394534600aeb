import { timingSafeEqual } from 'node:crypto';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { toBinding } from '../binding.js';
import { isCodeBinding } from '../codes/code-binding.js';
import type { TempIDRequest } from '../guards/extract.js';
import type { TempIDRoute } from '../guards/use-tempid.options.js';
import { provenanceOf, type TempID } from '../tempid.js';
import { TempIDService } from '../tempid.service.js';
import { ANY_BINDING, type VerifyOptions } from '../verify-options.js';
import { browserKeyOf } from './browser-key.js';
import { FirstAnswers } from './first-answers.js';
import { CLICK_FIELD, LinkPageException } from './link.exceptions.js';
import type { LinkRoute } from './link-options.js';

type LinkedRoute = TempIDRoute & { readonly link: LinkRoute };

/** Decides whether a request to a link runs the handler: only what a person does may. */
@Injectable()
export class LinkGate {
  constructor(
    private readonly tempid: TempIDService,
    private readonly firstAnswers: FirstAnswers,
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
    const browser = browserKeyOf(context);
    const token = await this.tempid.parse(value);
    const isAsker = route.boundTo === 'browser' && isBoundTo(token, browser);
    const asked = isAsker ? options : forOthers(token, options, route);
    if (request.method === 'GET' && !isAsker) {
      const good = await this.tempid.verifyOrThrow(value, { ...asked, checkUses: true });
      throw new LinkPageException(good);
    }
    if (route.link.grace > 0 && browser !== undefined) {
      // What is no good token leaves nothing in the store.
      await this.tempid.verifyOrThrow(value, { ...asked, checkUses: false });
      const form = { token: value, browser, click: clickOf(request) };
      await this.firstAnswers.enter(form, route.link.grace, context);
    }
    return asked;
  }
}

/** What another browser than the one that asked is held to, where it may go on from the page. */
function forOthers(token: TempID, options: VerifyOptions, route: LinkedRoute): VerifyOptions {
  if (route.boundTo !== 'browser' || route.link.otherBrowsers === 'refuse') return options;
  const { boundTo: _, ...others } = options;
  const binding = bindingOf(token);
  // A challenge is in the hands of whoever asked for it, and opens nothing without its code.
  return binding && !isCodeBinding(binding) ? { ...others, boundTo: ANY_BINDING } : others;
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

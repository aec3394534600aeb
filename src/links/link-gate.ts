import { timingSafeEqual } from 'node:crypto';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { toBinding } from '../binding.js';
import type { TempIDRequest } from '../guards/extract.js';
import type { TempIDRoute } from '../guards/use-tempid.options.js';
import { provenanceOf } from '../tempid.js';
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
    const isAsker = route.boundTo === 'browser' && (await this.isBoundTo(value, browser));
    const asked = isAsker ? options : await this.forOthers(value, options, route);
    if (request.method === 'GET' && !isAsker) {
      throw new LinkPageException(
        await this.tempid.verifyOrThrow(value, { ...asked, checkUses: true }),
      );
    }
    if (route.link.grace > 0 && browser !== undefined) {
      const form = { token: value, browser, click: clickOf(request) };
      await this.firstAnswers.enter(form, route.link.grace, context);
    }
    return asked;
  }

  /** What another browser than the one that asked is held to, where it may go on from the page. */
  private async forOthers(
    value: string,
    options: VerifyOptions,
    { boundTo, link }: LinkedRoute,
  ): Promise<VerifyOptions> {
    if (boundTo !== 'browser' || link.otherBrowsers === 'refuse') return options;
    const { boundTo: _, ...others } = options;
    return (await this.bindingOf(value)) ? { ...others, boundTo: ANY_BINDING } : others;
  }

  private async isBoundTo(value: string, browser: string | undefined): Promise<boolean> {
    const binding = await this.bindingOf(value);
    return Boolean(binding && browser && timingSafeEqual(toBinding(browser), binding));
  }

  private async bindingOf(value: string): Promise<Buffer | null> {
    return provenanceOf(await this.tempid.parse(value)).token.claims.binding;
  }
}

function clickOf({ body }: TempIDRequest): string {
  const click: unknown = Object(body)[CLICK_FIELD];
  return typeof click === 'string' ? click : '';
}

import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  type HttpException,
  Inject,
  Logger,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { TempIDError } from '../errors.js';
import type { TempIDRequest } from '../guards/extract.js';
import { OnlyALookException } from '../guards/only-a-look.js';
import {
  TempIDUnauthorizedException,
  TempIDUnavailableException,
} from '../guards/tempid.exceptions.js';
import type { ResolvedOptions } from '../options.js';
import { reasonOf } from '../reason-of.js';
import { TEMPID_OPTIONS } from '../tempid.module-definition.js';
import { http, setRefusalHeaders, toHttpException } from '../transports/http.transport.js';
import { isRefusal } from '../transports/refusal-body.js';
import { asksForHtml } from './asks-for-html.js';
import { ensureBrowserKey } from './browser-key.js';
import { FirstAnswerException, LinkPageException } from './link.exceptions.js';
import type { LinkRoute } from './link-options.js';
import { linkOf } from './link-request.js';
import { pageHeaders } from './page-headers.js';
import { defaultTemplate } from './link-page.js';
import { setCookies } from './set-cookies.js';
import { pageOfLink } from './page-of-link.js';

type Caught = LinkPageException | FirstAnswerException | HttpException;

/**
 * Answers what the guard says of a link to a person, and what leaves the handler as one of our errors: by a page, or
 * by the answer that was given before.
 */
@Catch(
  LinkPageException,
  FirstAnswerException,
  OnlyALookException,
  TempIDUnauthorizedException,
  TempIDUnavailableException,
  TempIDError,
)
export class LinkPageFilter implements ExceptionFilter<Caught | TempIDError> {
  constructor(
    @Inject(TEMPID_OPTIONS) private readonly options: ResolvedOptions,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  async catch(caught: Caught | TempIDError, host: ArgumentsHost): Promise<void> {
    const { httpAdapter } = this.adapterHost;
    const response: unknown = host.switchToHttp().getResponse();
    if (caught instanceof TempIDError && !isRefusal(caught)) {
      http.tell(caught, host, httpAdapter);
      return;
    }
    const exception = caught instanceof TempIDError ? toHttpException(caught) : caught;
    if (caught !== exception) setRefusalHeaders(exception, host, httpAdapter);
    const request = host.switchToHttp().getRequest<TempIDRequest>();
    const link = linkOf(request);
    const isLook = exception instanceof OnlyALookException;
    const isAsked = exception instanceof LinkPageException || (!isLook && asksForHtml(request));
    const page = link && isAsked ? await this.render(exception, request, link) : null;
    // As by middleware that sets a limit of time.
    if (httpAdapter.isHeadersSent(response)) {
      httpAdapter.end(response);
    } else if (exception instanceof FirstAnswerException) {
      const { status, location, cookies } = exception.answer;
      setCookies(host, cookies);
      httpAdapter.redirect(response, status, location);
    } else if (page) {
      if (exception instanceof LinkPageException && link?.grace) ensureBrowserKey(host);
      for (const [name, value] of page.headers) httpAdapter.setHeader(response, name, value);
      httpAdapter.reply(response, page.html, exception.getStatus());
    } else {
      httpAdapter.reply(response, exception.getResponse(), exception.getStatus());
    }
  }

  private async render(exception: Caught, request: TempIDRequest, link: LinkRoute) {
    const options = { ...this.options.linkPage, ...link.page };
    const error = exception.cause instanceof TempIDError ? exception.cause : null;
    const token = exception instanceof LinkPageException ? exception.token : null;
    try {
      return await rendered({ token, error, request, options });
    } catch (reason) {
      // A filter that throws ends the process.
      const text = (reason instanceof Error && reason.stack) || reasonOf(reason);
      new Logger('TempIDLink').error(token ? text.replaceAll(token.value, '[token]') : text);
      const { appName, askAgain, redirectsTo } = options;
      return rendered({ token, error, request, options: { appName, askAgain, redirectsTo } });
    }
  }
}

async function rendered(of: Parameters<typeof pageOfLink>[0]) {
  const page = pageOfLink(of);
  const html: unknown = await (of.options.template ?? defaultTemplate)(page);
  if (typeof html !== 'string') throw new TypeError(`'template' gave no string.`);
  return { html, headers: pageHeaders(page.nonce, of.options) };
}

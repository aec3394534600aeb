import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  type HttpException,
  Inject,
  Logger,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { TempIDError } from '../common/errors.js';
import { placeOf, type TempIDExtractor, type TempIDRequest } from '../requests/extractors.js';
import { PrefetchException } from '../requests/prefetch.js';
import { TempIDUnauthorizedException, TempIDUnavailableException } from '../requests/exceptions.js';
import type { ResolvedOptions } from '../config/options.js';
import { errorMessage } from '../common/error-message.js';
import { TEMPID_OPTIONS } from '../config/module-definition.js';
import { http, setRefusalHeaders, toHttpException } from '../requests/transports/http.transport.js';
import { isRefusal } from '../requests/transports/refusal-body.js';
import { withoutTokens } from '../token/without-tokens.js';
import { asksForHtml } from '../pages/asks-for-html.js';
import { ensureBrowserKey } from './browser-key.js';
import { FirstAnswerException, LinkPageException } from './link.exceptions.js';
import { type LinkVisit, visitOf } from './link-request.js';
import type { LinkPageOptions } from '../pages/link-page-options.js';
import { pageHeaders } from '../pages/page-headers.js';
import { defaultTemplate } from '../pages/link-page.js';
import { setCookies } from './set-cookies.js';
import { pageOfLink } from '../pages/page-of-link.js';
import { redirectTargetsOf } from '../pages/redirect-targets.js';

type Caught = LinkPageException | FirstAnswerException | HttpException;

/**
 * Answers what the guard says of a link to a person, and what leaves the handler as one of our errors: by a page, or
 * by the answer that was given before.
 */
@Catch(
  LinkPageException,
  FirstAnswerException,
  PrefetchException,
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
    const visit = visitOf(request);
    const isLook = exception instanceof PrefetchException;
    const isAsked = exception instanceof LinkPageException || (!isLook && asksForHtml(request));
    const page = visit && isAsked ? await this.render(exception, request, visit) : null;
    // As by middleware that sets a limit of time.
    if (httpAdapter.isHeadersSent(response)) {
      httpAdapter.end(response);
    } else if (exception instanceof FirstAnswerException) {
      const { status, location, cookies } = exception.answer;
      setCookies(host, cookies);
      httpAdapter.redirect(response, status, location);
    } else if (page) {
      if (exception instanceof LinkPageException && visit?.route.link.grace) ensureBrowserKey(host);
      for (const [name, value] of page.headers) httpAdapter.setHeader(response, name, value);
      httpAdapter.reply(response, page.html, exception.getStatus());
    } else {
      httpAdapter.reply(response, exception.getResponse(), exception.getStatus());
    }
  }

  private async render(exception: Caught, request: TempIDRequest, visit: LinkVisit) {
    const { route, value } = visit;
    const options = { ...this.options.linkPage, ...route.link.page };
    const error = exception.cause instanceof TempIDError ? exception.cause : null;
    const token = exception instanceof LinkPageException ? exception.token : null;
    const extract = [route.extract ?? this.options.extract].flat();
    const complain = (reason: unknown) => {
      const text = (reason instanceof Error && reason.stack) || errorMessage(reason);
      const known = [value, token?.value, ...valuesAt(extract, request)];
      new Logger('TempIDLink').error(withoutTokens(text, known));
    };
    const redirectsTo = targetsOf(options, request, complain);
    const of = { token, error, request, visit, extract };
    try {
      return await rendered({ ...of, options: { ...options, redirectsTo } });
    } catch (reason) {
      // A filter that throws ends the process.
      complain(reason);
      const { appName, askAgain } = options;
      return rendered({ ...of, options: { appName, askAgain, redirectsTo } });
    }
  }
}

/** What the address has where a token is looked for, also where it is none, such as one of two of a name. */
function valuesAt(extract: readonly TempIDExtractor[], request: TempIDRequest): string[] {
  const places = extract.flatMap((extractor) => placeOf(extractor) ?? []);
  const values = places.flatMap(({ part, name }) => {
    const named: unknown = part === 'query' ? request.query : request.params;
    return (Object(named) as Record<string, unknown>)[name];
  });
  return values.filter((value) => typeof value === 'string');
}

/** None beside the own origin where the function that names them fails. */
function targetsOf(
  { redirectsTo }: LinkPageOptions,
  request: TempIDRequest,
  complain: (reason: unknown) => void,
): readonly string[] {
  try {
    return redirectTargetsOf(redirectsTo, request);
  } catch (reason) {
    complain(reason);
    return [];
  }
}

async function rendered(
  of: Parameters<typeof pageOfLink>[0] & { options: { redirectsTo: readonly string[] } },
) {
  const page = pageOfLink(of);
  const made: unknown = of.options.template ? await of.options.template(page) : null;
  const html = made === null ? defaultTemplate(page) : made;
  if (typeof html !== 'string') throw new TypeError(`'template' gave no string.`);
  return { html, headers: pageHeaders(page.nonce, of.options) };
}

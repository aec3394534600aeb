import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  type HttpException,
  Inject,
  Logger,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { errorMessage } from '../common/error-message.js';
import { TempIDError } from '../common/errors.js';
import { TEMPID_OPTIONS } from '../config/module-definition.js';
import type { ResolvedOptions } from '../config/options.js';
import { renderLinkPage } from '../pages/page-of-link.js';
import { redirectTargetsOf } from '../pages/redirect-targets.js';
import {
  TempIDConflictException,
  TempIDNotFoundException,
  TempIDUnauthorizedException,
  TempIDUnavailableException,
} from '../requests/exceptions.js';
import { placeOf, type TempIDExtractor, type TempIDRequest } from '../requests/extractors.js';
import { PrefetchException } from '../requests/prefetch.js';
import { http, setRefusalHeaders, toHttpException } from '../requests/transports/http.transport.js';
import { isRefusal } from '../requests/transports/refusal-body.js';
import { trimHeader } from '../requests/trim-header.js';
import { withoutTokens } from '../token/without-tokens.js';
import { type LinkVisit, visitOf } from './link-gate.js';
import { LinkPageException } from './link.exceptions.js';

type Caught = LinkPageException | HttpException;

/**
 * Answers what the guard says of a link to a person, and what leaves the handler as one of our errors, by a page.
 */
@Catch(
  LinkPageException,
  PrefetchException,
  TempIDConflictException,
  TempIDNotFoundException,
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
    } else if (page) {
      for (const [name, value] of page.headers) httpAdapter.setHeader(response, name, value);
      httpAdapter.reply(response, page.html, exception.getStatus());
    } else {
      httpAdapter.reply(response, exception.getResponse(), exception.getStatus());
    }
  }

  private async render(exception: Caught, request: TempIDRequest, visit: LinkVisit) {
    const options = { ...this.options.linkPage, ...visit.route.link.page };
    const error = exception.cause instanceof TempIDError ? exception.cause : null;
    const token = exception instanceof LinkPageException ? exception.token : null;
    const extract = [visit.route.extract ?? this.options.extract].flat();
    const log = (reason: unknown) => {
      const text = (reason instanceof Error && reason.stack) || errorMessage(reason);
      const secrets = [visit.value, token?.value, ...valuesAt(extract, request)];
      new Logger('TempIDLink').error(withoutTokens(text, secrets));
    };
    // Where the function that names the targets fails, the page allows none but its own origin.
    let redirectsTo: readonly string[] = [];
    try {
      redirectsTo = redirectTargetsOf(options.redirectsTo, request);
    } catch (reason) {
      log(reason);
    }
    const of = { token, error, request, visit, extract };
    try {
      return await renderLinkPage(of, { ...options, redirectsTo });
    } catch (reason) {
      // A filter that throws ends the process.
      log(reason);
      const { appName, color, askAgain } = options;
      return renderLinkPage(of, { appName, color, askAgain, redirectsTo });
    }
  }
}

/**
 * Whether a person waits, by `Accept` (RFC 9110, section 12.5.1): HTML is named, and wanted at least as much as
 * JSON. A program that asks for anything gets JSON.
 */
function asksForHtml({ headers }: TempIDRequest): boolean {
  const ranges = String(headers['accept'] ?? '').toLowerCase();
  const weights = new Map<string, number>();
  for (const range of ranges.split(',')) {
    const [type = '', ...parameters] = range.split(';').map(trimHeader);
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    weights.set(type, weight === undefined ? 1 : Number(weight.slice(2)) || 0);
  }
  const types = ['text/html', 'application/xhtml+xml', 'text/*'];
  const html = Math.max(...types.map((type) => weights.get(type) ?? 0));
  return html > 0 && html >= (weights.get('application/json') ?? 0);
}

/** What the address has where a token is looked for, also where it is none, such as one of two of a name. */
function valuesAt(extract: readonly TempIDExtractor[], request: TempIDRequest): string[] {
  const places = extract.flatMap((extractor) => placeOf(extractor) ?? []);
  const values = places.flatMap(({ part, name }): unknown => {
    const named: unknown = part === 'query' ? request.query : request.params;
    return Reflect.get(Object(named), name);
  });
  return values.filter((value) => typeof value === 'string');
}

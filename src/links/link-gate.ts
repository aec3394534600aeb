import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { isBrowserBinding } from '../token/binding.js';
import type { TempIDRequest } from '../requests/extractors.js';
import type { ResolvedOptions } from '../config/options.js';
import { internalsOf, type TempID } from '../token/tempid.js';
import { TEMPID_OPTIONS } from '../config/module-definition.js';
import { TempIDService } from '../tempid.service.js';
import { refuseByScope } from '../operations/token-checks.js';
import { ANY_BINDING, type VerifyOptions } from '../operations/verify-options.js';
import { boundKeyOf, browserKeysOf, isBrowserLookup } from './browser-key.js';
import { LinkPageException } from './link.exceptions.js';
import type { TempIDLinkRoute } from './link-options.js';
import { OnePerProcess, onePerProcess } from '../common/one-per-process.js';

/** What is known of a request to a link. */
export interface LinkVisit {
  readonly route: TempIDLinkRoute;
  /** The token as the request has it, whatever it is. */
  value?: string;
  /** The authentic token that it is, perhaps expired, where its scope is that of the route. */
  token?: TempID;
}

/** By their requests, since Nest gives the filter neither the handler nor anything that the guard has found. */
const visits = onePerProcess('visits', () => new WeakMap<object, LinkVisit>());

export function beginVisit(request: object, route: TempIDLinkRoute): void {
  visits.set(request, { route });
}

export function visitOf(request: object): LinkVisit | undefined {
  return visits.get(request);
}

/** Decides whether a request to a link runs the handler: only what a person does may. */
@OnePerProcess('LinkGate')
@Injectable()
export class LinkGate {
  constructor(
    private readonly tempid: TempIDService,
    @Inject(TEMPID_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * Lets a request go on that may use the token, and returns by which options.
   *
   * @throws LinkPageException where a click is needed first, and what `verifyOrThrow` throws
   */
  async pass(
    value: string,
    options: VerifyOptions,
    route: TempIDLinkRoute,
    context: ExecutionContext,
  ): Promise<VerifyOptions> {
    const request = context.switchToHttp().getRequest<TempIDRequest & { method: string }>();
    const visit = visitOf(request);
    if (visit) visit.value = value;
    const token = await this.tempid.parse(value);
    const boundKey = boundKeyOf(token, browserKeysOf(context));
    // A guard may have named a binding of its own instead.
    const isByBrowser = route.boundTo === 'browser' && isBrowserLookup(options.boundTo);
    const isAsker = isByBrowser && boundKey !== undefined;
    const isForOthers = isByBrowser && !isAsker && route.link.otherBrowsers === 'page';
    const verifyOptions = isForOthers ? forOthers(token, options) : options;
    const isMeant = !isByBrowser || isAsker || isForOthers;
    if (visit && isMeant && this.isInScope(token, options)) visit.token = token;
    if (request.method === 'GET' && !(isAsker && isNavigation(request))) {
      const good = await this.tempid.verifyOrThrow(value, { ...verifyOptions, checkUses: true });
      throw new LinkPageException(good);
    }
    return verifyOptions;
  }

  private isInScope(token: TempID, options: VerifyOptions): boolean {
    return refuseByScope(internalsOf(token).token.claims, options, this.options) === null;
  }
}

/** What is asked of another browser than the one that the token is bound to, where it may go on from the page. */
function forOthers(token: TempID, options: VerifyOptions): VerifyOptions {
  const { boundTo: _, ...others } = options;
  const { binding } = internalsOf(token).token.claims;
  // Whatever else a token is bound to, such as a code to type, must be there all the same.
  return binding && isBrowserBinding(binding) ? { ...others, boundTo: ANY_BINDING } : others;
}

/**
 * Whether the page opens in a tab of its own, and is not fetched, nor loaded into a frame or as an image, of which
 * its reader sees nothing. A client that says nothing of that is a program or an old browser, or has no TLS.
 */
function isNavigation({ headers }: TempIDRequest): boolean {
  const { 'sec-fetch-mode': mode = 'navigate', 'sec-fetch-dest': dest = 'document' } = headers;
  return mode === 'navigate' && dest === 'document';
}

import type { Duration } from '../common/duration.js';
import { durationInSeconds } from '../common/duration.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { assertKnown, parseOptionalText, readOptions } from '../common/validation.js';
import type { TempIDRequest } from '../requests/extractors.js';
import type { UseTempIDOptions } from '../requests/route-options.js';
import { ENGLISH, type LinkTexts } from '../pages/link-texts.js';
import type { LinkTemplate } from '../pages/link-page.js';
import { parseRedirectTargets, type RedirectTargets } from '../pages/redirect-targets.js';

/** How the pages of links look: for all of them as `linkPage` of the module, for one as `page` of `@TempIDLink`. */
export interface LinkPageOptions {
  /** The application's name, above the title. */
  appName?: string | undefined;
  /** Texts instead of the English ones, or a function that chooses them by the request's Accept-Language. */
  texts?: Partial<LinkTexts> | ((request: TempIDRequest) => Partial<LinkTexts>) | undefined;
  /** Where a person whose link is bad asks for a new one. Without it there is no button. */
  askAgain?: string | undefined;
  /** Makes the whole page instead of ours. */
  template?: LinkTemplate | undefined;
  /**
   * Where the handler redirects to beside its own origin: origins (`'https://app.example'`), schemes (`'myapp:'`,
   * `'https:'`), or a function of the request that gives them. Chrome stops a form from leading to any that is not
   * named.
   */
  redirectsTo?: RedirectTargets | undefined;
  /** Replaces the Content-Security-Policy of the pages; `nonce` is that of the template. */
  contentSecurityPolicy?: ((nonce: string) => string) | undefined;
}

/** What `@TempIDLink` takes beside what `@UseTempID` takes. */
export interface TempIDLinkOptions extends Omit<
  UseTempIDOptions,
  'consume' | 'resumable' | 'checkUses'
> {
  /** As of `@UseTempID`. Default: true. */
  consume?: true | 'on-success';
  /**
   * With `boundTo: 'browser'`: whether another browser than the one that asked sees the page, and may go on
   * from there, or is refused. Default: `'page'`.
   */
  otherBrowsers?: 'page' | 'refuse';
  /**
   * How long the same browser gets the first answer's redirect again when it posts the same form again, such
   * as by a double click, without a second use and without a second run of the handler; at most '1m'.
   * Default: off.
   */
  grace?: Duration;
  /** How this link's pages look, beside what the module says. */
  page?: LinkPageOptions;
}

/** What `@TempIDLink` takes beside a kind, which says the purpose and the audience. */
export type TempIDLinkKindOptions = Omit<TempIDLinkOptions, 'purpose' | 'audience'>;

/** What makes a route that of a link to open. */
export interface LinkRoute {
  readonly otherBrowsers: 'page' | 'refuse';
  /** Seconds; 0: none. */
  readonly grace: number;
  readonly page: LinkPageOptions;
}

const PAGE_NAMES: ReadonlySet<string> = new Set<keyof LinkPageOptions>([
  'appName',
  'texts',
  'askAgain',
  'template',
  'redirectsTo',
  'contentSecurityPolicy',
]);

const TEXT_NAMES: ReadonlySet<string> = new Set(Object.keys(ENGLISH));

/** @throws {@link TempIDConfigurationError} for the first option that is wrong */
export function parseLinkPage(page: LinkPageOptions, option: string): LinkPageOptions {
  assertKnown(page, PAGE_NAMES, option);
  parseOptionalText(page.appName, `${option}.appName`);
  parseOptionalText(page.askAgain, `${option}.askAgain`);
  for (const name of ['template', 'contentSecurityPolicy'] as const) {
    if (page[name] === undefined || typeof page[name] === 'function') continue;
    throw new TempIDConfigurationError(`'${option}.${name}' must be a function.`);
  }
  if (typeof page.redirectsTo !== 'function') {
    parseRedirectTargets(page.redirectsTo ?? [], `${option}.redirectsTo`);
  }
  if (typeof page.texts === 'object') assertKnown(page.texts, TEXT_NAMES, `${option}.texts`);
  return page;
}

const LINK_NAMES: ReadonlySet<string> = new Set<keyof TempIDLinkOptions>([
  'consume',
  'purpose',
  'audience',
  'subject',
  'boundTo',
  'otherBrowsers',
  'grace',
  'extract',
  'page',
  'guard',
]);

/** @throws {@link TempIDConfigurationError} for an option that is not there, or undefined */
export function readLinkOptions(options: TempIDLinkOptions): TempIDLinkOptions {
  return readOptions(options, LINK_NAMES, '@TempIDLink');
}

/** @throws {@link TempIDConfigurationError} for the first option that is wrong */
export function toLinkRoute(options: TempIDLinkOptions): LinkRoute {
  const { consume = true, otherBrowsers = 'page', grace = '0s', page = {} } = options;
  if (consume !== true && consume !== 'on-success') {
    throw new TempIDConfigurationError(
      `The option 'consume' of @TempIDLink must be true or 'on-success'.`,
    );
  }
  if (otherBrowsers !== 'page' && otherBrowsers !== 'refuse') {
    throw new TempIDConfigurationError(
      `The option 'otherBrowsers' of @TempIDLink must be 'page' or 'refuse'.`,
    );
  }
  if (options.otherBrowsers !== undefined && options.boundTo !== 'browser') {
    throw new TempIDConfigurationError(
      `The option 'otherBrowsers' of @TempIDLink needs boundTo: 'browser'.`,
    );
  }
  const seconds = durationInSeconds(grace, `The option 'grace' of @TempIDLink`);
  if (seconds > 60) {
    throw new TempIDConfigurationError(`The option 'grace' of @TempIDLink must be at most '1m'.`);
  }
  return { otherBrowsers, grace: seconds, page: parseLinkPage(page, 'page') };
}

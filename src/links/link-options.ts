import { TempIDConfigurationError } from '../common/errors.js';
import { type LinkPageOptions, parseLinkPage } from '../pages/link-page-options.js';
import { asGiven, type OptionRules } from '../common/options.js';
import { ROUTE_RULES, type TempIDRoute, type UseTempIDOptions } from '../requests/route-options.js';

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
  /** How this link's pages look, beside what the module says. */
  page?: LinkPageOptions;
}

const { resumable: _1, checkUses: _2, ...OF_ROUTE } = ROUTE_RULES;

/** Which options there are. */
export const LINK_RULES: OptionRules<TempIDLinkOptions> = {
  ...OF_ROUTE,
  otherBrowsers: asGiven(),
  page: asGiven(),
};

/** A route with `@TempIDLink`. */
export interface TempIDLinkRoute extends TempIDRoute {
  readonly link: {
    readonly otherBrowsers: 'page' | 'refuse';
    readonly page: LinkPageOptions;
  };
}

export function isLinkRoute(route: TempIDRoute): route is TempIDLinkRoute {
  return 'link' in route;
}

/** @throws {@link TempIDConfigurationError} for the first option that is wrong */
export function toLinkRoute(options: TempIDLinkOptions): TempIDLinkRoute['link'] {
  const { consume = true, otherBrowsers = 'page', page = {} } = options;
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
  return { otherBrowsers, page: parseLinkPage(page, 'page') };
}

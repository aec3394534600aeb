import { TempIDConfigurationError } from '../common/errors.js';
import { assertKnown, type OptionRule, type OptionRules, parseText } from '../common/options.js';
import type { TempIDRequest } from '../requests/extractors.js';
import type { LinkTemplate } from './link-page.js';
import { ENGLISH, type LinkTexts } from './link-texts.js';
import { type PageColor, parsePageColor } from './page-color.js';
import { parseRedirectTargets, type RedirectTargets } from './redirect-targets.js';

/** How the pages of links look: for all of them as `linkPage` of the module, for one as `page` of `@TempIDLink`. */
export interface LinkPageOptions {
  /** The application's name, above the title. */
  appName?: string | undefined;
  /**
   * The colour of the button, hexadecimal: `'#0b6e4f'` or `'#063'`, or one for each mode as `{ light, dark }`. The
   * button's text is black or white, whichever is easier to read on it. Default: blue.
   */
  color?: PageColor | undefined;
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

const RULES: OptionRules<LinkPageOptions> = {
  appName: { parse: parseText },
  color: { parse: parsePageColor },
  texts: { parse: parseTexts },
  askAgain: { parse: parseText },
  template: { parse: assertFunction },
  redirectsTo: {
    parse: (to, option) => (typeof to === 'function' ? to : parseRedirectTargets(to, option)),
  },
  contentSecurityPolicy: { parse: assertFunction },
};

/**
 * @param option whose they are, for messages
 * @throws {@link TempIDConfigurationError} for the first option that is wrong
 */
export function parseLinkPage(page: LinkPageOptions, option: string): LinkPageOptions {
  assertKnown(page, RULES, option);
  for (const [name, { parse }] of Object.entries<OptionRule>(RULES)) {
    const value: unknown = Reflect.get(page, name);
    if (value !== undefined) parse(value, `${option}.${name}`);
  }
  return page;
}

function parseTexts(texts: unknown, option: string): void {
  if (typeof texts === 'object' && texts !== null) assertKnown(texts, ENGLISH, option);
}

function assertFunction(value: unknown, option: string): void {
  if (typeof value === 'function') return;
  throw new TempIDConfigurationError(`'${option}' must be a function.`);
}

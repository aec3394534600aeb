import { randomBytes } from 'node:crypto';
import { parse } from 'node:querystring';
import { type TempIDError, TempIDExpiredError } from '../common/errors.js';
import { placeOf, type TempIDExtractor, type TempIDRequest } from '../requests/extractors.js';
import type { TempID } from '../token/tempid.js';
import { refusalBodyOf } from '../requests/transports/refusal-body.js';
import type { LinkPageOptions } from './link-page-options.js';
import { defaultTemplate, type LinkPage, linkForm } from './link-page.js';
import { pageHeaders } from './page-headers.js';
import { ENGLISH, textOf } from './link-texts.js';

/** The hidden field that tells two clicks on one form from a click on each of two. */
export const CLICK_FIELD = 'tempid-click';

/** What Express and Fastify requests both say; behind a mounted router Express' `url` is shorter. */
interface HttpRequest extends TempIDRequest {
  readonly originalUrl?: string;
  readonly url?: string;
}

/** What the page of one request is made of. */
interface LinkAnswer {
  /** Of a good link. */
  readonly token: TempID | null;
  /** Of a bad one. */
  readonly error: TempIDError | null;
  readonly request: HttpRequest;
  /** The token as the request has it, and the authentic token that it is, perhaps expired, if its scope is right. */
  readonly visit: { readonly value?: string; readonly token?: TempID };
  /** Where the route looks for the token. */
  readonly extract: readonly TempIDExtractor[];
}

/** @throws what functions of the options throw, and TypeError for what they give that is no text or no header */
export async function renderLinkPage(
  answer: LinkAnswer,
  options: LinkPageOptions & { readonly redirectsTo: readonly string[] },
): Promise<{ readonly html: string; readonly headers: readonly [string, string][] }> {
  const page = toLinkPage(answer, options);
  const made: unknown = options.template ? await options.template(page) : null;
  const html = made === null ? defaultTemplate(page, options.color) : made;
  if (typeof html !== 'string') throw new TypeError(`'template' gave no string.`);
  return { html, headers: pageHeaders(page.nonce, options) };
}

function toLinkPage(answer: LinkAnswer, options: LinkPageOptions): LinkPage {
  const { token, error, request, visit, extract } = answer;
  const { appName = null, askAgain, texts: own } = options;
  const texts = { ...ENGLISH, ...(typeof own === 'function' ? own(request) : own) };
  const code = error && refusalBodyOf(error).code;
  const { title, text } = code ? textOf(texts, code) : texts.confirm;
  const url = request.originalUrl ?? request.url ?? '';
  return {
    kind: token ? 'confirm' : 'refused',
    code,
    token,
    expiredToken: (error instanceof TempIDExpiredError && visit.token) || null,
    lang: texts.lang,
    dir: texts.dir,
    appName,
    title,
    text,
    form:
      token &&
      linkForm({
        action: formAction(url, { values: [token.value, visit.value ?? token.value], extract }),
        fields: { token: token.value, [CLICK_FIELD]: randomBytes(9).toString('base64url') },
        button: texts.confirm.button,
      }),
    askAgain: token || askAgain === undefined ? null : { url: askAgain, label: texts.askAgain },
    nonce: randomBytes(16).toString('base64url'),
  };
}

const PARTS = /^([^?#]*)(?:\?([^#]*))?/;

/**
 * Where the form of a page posts to: the address of the page, with all that its query says but the token. It is
 * relative, so that a proxy may put the application under another path.
 *
 * @param url of the request for the page
 * @param token as it is written there, and where the route looks for one
 */
export function formAction(
  url: string,
  token: { readonly values: readonly string[]; readonly extract: readonly TempIDExtractor[] },
): string {
  const [, path = '', query = ''] = PARTS.exec(url) ?? [];
  const names = new Set(token.extract.flatMap(nameInQuery));
  // As they are written: what is decoded and encoded again may mean something else.
  const others = query.split('&').filter((pair) => {
    const [decoded] = Object.entries(parse(pair));
    if (!decoded) return true;
    const [name, value] = decoded;
    return !names.has(name) && !token.values.includes(String(value));
  });
  const rest = others.join('&');
  return `./${path.slice(path.lastIndexOf('/') + 1)}${rest && `?${rest}`}`;
}

function nameInQuery(extract: TempIDExtractor): string[] {
  const place = placeOf(extract);
  return place?.part === 'query' ? [place.name] : [];
}

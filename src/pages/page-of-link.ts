import { randomBytes } from 'node:crypto';
import { type TempIDError, TempIDExpiredError } from '../common/errors.js';
import type { TempIDExtractor, TempIDRequest } from '../requests/extractors.js';
import type { TempID } from '../token/tempid.js';
import { refusalBodyOf } from '../requests/transports/refusal-body.js';
import { formAction } from './form-action.js';
import type { LinkPageOptions } from './link-page-options.js';
import { type LinkPage, linkForm } from './link-page.js';
import { ENGLISH, type LinkTexts, textOf } from './link-texts.js';

/** The hidden field that tells two clicks on one form from a click on each of two. */
export const CLICK_FIELD = 'tempid-click';

/** What Express and Fastify requests both say; behind a mounted router Express' `url` is shorter. */
interface HttpRequest extends TempIDRequest {
  readonly originalUrl?: string;
  readonly url?: string;
}

/** The page of a good link, which has a token, or of a bad one, which has an error. */
export function pageOfLink(of: {
  readonly token: TempID | null;
  readonly error: TempIDError | null;
  readonly request: HttpRequest;
  /** The token as the request has it, and the authentic token that it is, perhaps expired, if its scope is right. */
  readonly visit: { readonly value?: string; readonly token?: TempID };
  readonly options: LinkPageOptions;
  /** Where the route looks for the token. */
  readonly extract: readonly TempIDExtractor[];
}): LinkPage {
  const { token, error, request, visit, options, extract } = of;
  const texts = textsOf(options, request);
  const code = error && refusalBodyOf(error).code;
  const { title, text } = code ? textOf(texts, code) : texts.confirm;
  const { askAgain } = options;
  return {
    kind: token ? 'confirm' : 'refused',
    code,
    token,
    expiredToken: (error instanceof TempIDExpiredError && visit.token) || null,
    lang: texts.lang,
    dir: texts.dir,
    appName: options.appName ?? null,
    title,
    text,
    form:
      token &&
      linkForm({
        action: formAction(request.originalUrl ?? request.url ?? '', {
          values: [token.value, visit.value ?? token.value],
          extract,
        }),
        fields: { token: token.value, [CLICK_FIELD]: randomBytes(9).toString('base64url') },
        button: texts.confirm.button,
      }),
    askAgain: token || askAgain === undefined ? null : { url: askAgain, label: texts.askAgain },
    nonce: randomBytes(16).toString('base64url'),
  };
}

function textsOf({ texts = {} }: LinkPageOptions, request: TempIDRequest): LinkTexts {
  return { ...ENGLISH, ...(typeof texts === 'function' ? texts(request) : texts) };
}

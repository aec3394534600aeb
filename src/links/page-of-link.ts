import { randomBytes } from 'node:crypto';
import type { TempIDError } from '../errors.js';
import type { TempIDRequest } from '../guards/extract.js';
import type { TempID } from '../tempid.js';
import { refusalBodyOf } from '../transports/refusal-body.js';
import { CLICK_FIELD } from './link.exceptions.js';
import type { LinkPageOptions } from './link-options.js';
import { type LinkPage, linkForm } from './link-page.js';
import { ENGLISH, type LinkTexts, textOf } from './link-texts.js';

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
  readonly options: LinkPageOptions;
}): LinkPage {
  const { token, error, request, options } = of;
  const texts = textsOf(options, request);
  const code = error && refusalBodyOf(error).code;
  const { title, text } = code ? textOf(texts, code) : texts.confirm;
  const { askAgain } = options;
  return {
    kind: token ? 'confirm' : 'refused',
    code,
    token,
    lang: texts.lang,
    dir: texts.dir,
    appName: options.appName ?? null,
    title,
    text,
    form: token && formOf(token, texts, request),
    askAgain: token || askAgain === undefined ? null : { url: askAgain, label: texts.askAgain },
    nonce: randomBytes(16).toString('base64url'),
  };
}

function textsOf({ texts = {} }: LinkPageOptions, request: TempIDRequest): LinkTexts {
  return { ...ENGLISH, ...(typeof texts === 'function' ? texts(request) : texts) };
}

function formOf(token: TempID, { confirm }: LinkTexts, request: HttpRequest): string {
  return linkForm({
    action: lastSegment(request.originalUrl ?? request.url ?? ''),
    fields: { token: token.value, [CLICK_FIELD]: randomBytes(9).toString('base64url') },
    button: confirm.button,
  });
}

/** Relative, so that a proxy may put the application under another path. */
function lastSegment(url: string): string {
  const [path = ''] = url.split(/[?#]/, 1);
  return `./${path.slice(path.lastIndexOf('/') + 1)}`;
}

import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  ServiceUnavailableException,
  UnauthorizedException,
} from '@nestjs/common';
import { TempIDExhaustedError, TempIDExpiredError, TempIDRevokedError } from 'nestjs-tempid';
import { html } from './html.js';
import { page, type Page } from './layout.js';
import { sendPage } from './send-page.js';

interface Explanation {
  readonly title: string;
  readonly text: string;
}

/** What a flow says in its own words of a link that does not work. */
export interface BadLinkTexts {
  readonly section: NonNullable<Page['section']>;
  readonly usedUp: Explanation;
  readonly notForThis: Explanation;
  readonly withdrawn?: Explanation;
  readonly askAgain: { readonly path: string; readonly label: string };
}

const NOT_VALID: Explanation = {
  title: 'This link is not valid',
  text:
    'It was changed or cut on its way, or it was made before this server was restarted without a ' +
    'TEMPID_SECRET. Copy the whole link from the mail, or ask for a new one.',
};

const EXPLANATIONS: ReadonlyMap<unknown, Explanation> = new Map([
  [
    'TEMPID_MISSING',
    {
      title: 'The link is incomplete',
      text: 'Its end is missing: some mail programs cut a long link. Copy the whole link from the mail.',
    },
  ],
  [
    'TEMPID_EXPIRED',
    {
      title: 'This link has expired',
      text: 'It worked for a limited time, and the time is over. Ask for a new one.',
    },
  ],
  [
    'TEMPID_REVOKED',
    {
      title: 'This link was withdrawn',
      text: 'Whoever sent it has taken it back. Ask for a new one.',
    },
  ],
  [
    'TEMPID_STORE_UNAVAILABLE',
    {
      title: 'Links cannot be checked right now',
      text: 'The server cannot see how often the link was used, so it lets nobody through. Try again in a few seconds.',
    },
  ],
]);

type Ended = TempIDExhaustedError | TempIDExpiredError | TempIDRevokedError;

/** Turns what the guard answers to a bad token, or a handler finds out about one, into a page that says what to do next. */
@Catch(
  UnauthorizedException,
  ServiceUnavailableException,
  TempIDExhaustedError,
  TempIDExpiredError,
  TempIDRevokedError,
)
export class BadLinkFilter implements ExceptionFilter<HttpException | Ended> {
  constructor(private readonly texts: BadLinkTexts) {}

  catch(exception: HttpException | Ended, host: ArgumentsHost): void {
    const isOfGuard = exception instanceof HttpException;
    const code = isOfGuard ? codeOf(exception.getResponse()) : exception.code;
    const status = isOfGuard ? exception.getStatus() : 401;
    const { title, text } = this.explain(code);
    const { section, askAgain } = this.texts;
    const content = html`<p><a class="button" href="${askAgain.path}">${askAgain.label}</a></p>
      <p class="hint">The answer is <code>${status} ${code}</code>.</p>`;
    sendPage(host, status, page({ title, section, lede: text, content }));
  }

  private explain(code: string): Explanation {
    if (code === 'TEMPID_EXHAUSTED') return this.texts.usedUp;
    if (code === 'TEMPID_SCOPE') return this.texts.notForThis;
    if (code === 'TEMPID_REVOKED' && this.texts.withdrawn) return this.texts.withdrawn;
    return EXPLANATIONS.get(code) ?? NOT_VALID;
  }
}

function codeOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : '';
}

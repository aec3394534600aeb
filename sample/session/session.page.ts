import type { TempIDOf } from 'nestjs-tempid';
import { html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { notice } from '../pages/parts.js';
import type { Session } from './session.kind.js';

export function sessionPage(session: TempIDOf<typeof Session>): string {
  return page({
    title: 'You are signed in',
    content: html`
      ${notice(`Welcome, ${session.subject}.`)}
      <form method="post" action="/session/end" class="card">
        <p>
          You came in by ${session.payload.by}, and stay for another ${session.remaining()}. Your
          session is a token as well: it is in a cookie that no script can read, and nowhere else.
        </p>
        <p class="actions">
          <button class="button">Sign out</button>
          <button class="button button-quiet" formaction="/session/end-all">
            Sign out everywhere
          </button>
        </p>
        <p class="hint">
          Signing out revokes the token, so a copy of the cookie is worth nothing afterwards.
          Signing out everywhere revokes every session of ${session.subject} that has begun so far.
        </p>
      </form>
    `,
  });
}

export function notSignedInPage(): string {
  return page({
    title: 'You are not signed in',
    lede: 'There is no session in this browser, or it has ended.',
    content: html`<p class="actions">
      <a class="button" href="/magic-login">Sign in by a link</a>
      <a class="button" href="/code">Sign in by a code</a>
    </p>`,
  });
}

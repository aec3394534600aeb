import { html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { field, tryThis } from '../pages/parts.js';
import { ATTEMPTS } from './codes.service.js';

export function codePage({
  email = 'ada@example.com',
  error,
}: { readonly email?: string; readonly error?: string } = {}): string {
  return page({
    title: 'Sign in by a code',
    section: 'Code',
    refused: error !== undefined,
    lede: `Six digits in a mail, to be typed here: within 10 minutes, and with at most ${ATTEMPTS} attempts.`,
    content: html`
      <div class="columns">
        <form method="post" action="/code" novalidate class="card">
          ${field({
            name: 'email',
            label: 'Mail address',
            type: 'email',
            value: email,
            autocomplete: 'email',
            error,
          })}
          <button class="button">Send me a code</button>
        </form>
        ${tryThis(
          html`Type a <strong>wrong</strong> code first: the page counts the attempts that are left.`,
          html`Type the code of the mail with spaces, dashes, or the letter O for a zero.`,
          html`Ask for <strong>another</strong> code after a wrong one: it has fewer attempts,
            because wrong codes count for the address. The page says so.`,
          html`Be wrong until <strong>no attempt</strong> is left: then even the right code is
            refused, and no new one is sent. Another address gets in.`,
        )}
      </div>
    `,
  });
}

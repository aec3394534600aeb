import type { TempID } from 'nestjs-tempid';
import { html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { field, usesLeft } from '../pages/parts.js';
import { ATTEMPTS } from './codes.service.js';

interface BadCode {
  readonly title: string;
  readonly text: string;
}

/** Why there is nothing to type a code for. */
export const BAD_CODES = {
  none: {
    title: 'No code is waiting here',
    text: 'It was typed already, it has expired, or it was asked for in another browser.',
  },
  exhausted: {
    title: 'This code no longer works',
    text: 'It was typed already, or too many wrong codes were typed for this address. If you pressed the button twice, the first time has used it up: ask for a new one. After too many wrong ones, codes for the address work again within ten minutes; until then a link lets you in.',
  },
  expired: {
    title: 'This code has expired',
    text: 'It worked for ten minutes, and they are over. Start again with a new one.',
  },
} as const satisfies Record<string, BadCode>;

/** @param refused `left`: how many attempts, where one was spent */
export function enterPage(
  challenge: TempID,
  { error, left }: { readonly error?: string; readonly left?: number } = {},
): string {
  return page({
    title: 'Enter the code',
    section: 'Code',
    refused: error !== undefined,
    lede: `It went to ${challenge.subject}, and works for another ${challenge.remaining()}.`,
    content: html`
      <form method="post" action="/code/enter" novalidate class="card">
        ${left !== undefined && usesLeft({ total: ATTEMPTS, used: ATTEMPTS - left, left }, 'attempts')}
        ${field({
          name: 'code',
          label: 'Code',
          inputmode: 'numeric',
          autocomplete: 'one-time-code',
          hint: 'Six digits; spaces do not matter.',
          error,
        })}
        <button class="button">Sign in</button>
      </form>
      <p>
        The code is in the newest mail of the <a href="/outbox">outbox</a>. Or
        <a href="/code">ask for another one</a>.
      </p>
    `,
  });
}

export function badCodePage({ title, text }: BadCode): string {
  return page({
    title,
    section: 'Code',
    lede: text,
    content: html`<p class="actions">
      <a class="button" href="/code">Ask for a new code</a>
      <a href="/magic-login">Sign in by a link instead</a>
    </p>`,
  });
}

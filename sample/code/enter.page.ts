import type { AttemptsInfo, TempID } from 'nestjs-tempid';
import { html, type Html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { field, usesLeft } from '../pages/parts.js';

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
  used: {
    title: 'This code no longer works',
    text: 'It was typed already, or wrong codes took all its attempts. Ask for a new one.',
  },
  tooManyWrong: {
    title: 'Too many wrong codes',
    text: 'They were typed for this address, for this code or for those before it, and now even the right one is refused. Within ten minutes codes for the address work again; until then a link lets you in.',
  },
  expired: {
    title: 'This code has expired',
    text: 'It worked for ten minutes, and they are over. Start again with a new one.',
  },
} as const satisfies Record<string, BadCode>;

/** @param error what was wrong with the code before, of which the attempts that are given know */
export function enterPage(challenge: TempID, attempts: AttemptsInfo, error?: string): string {
  return page({
    title: 'Enter the code',
    section: 'Code',
    refused: error !== undefined,
    lede: `It went to ${challenge.subject}, and works for another ${challenge.remaining()}.`,
    content: html`
      <form method="post" action="/code/enter" novalidate class="card">
        ${attemptsLeft(attempts)}
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

function attemptsLeft({ left, challenge }: AttemptsInfo): Html {
  const total = challenge.total ?? 0;
  const isForAddress = left < (challenge.left ?? 0);
  return html`${usesLeft({ total, used: total - left, left }, 'attempts')}
  ${
    isForAddress &&
    html`<p class="hint">
      Wrong codes count for the address: those that were typed for earlier codes took the other
      attempts. They count for at most ten minutes.
    </p>`
  }`;
}

/** Says why no attempt is left. */
export function overPage({ subject }: AttemptsInfo): string {
  return badCodePage(subject?.left === 0 ? BAD_CODES.tooManyWrong : BAD_CODES.used);
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

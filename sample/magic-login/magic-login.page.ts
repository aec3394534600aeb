import type { LinkPage } from 'nestjs-tempid';
import { html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { checkbox, field, notice, tryThis } from '../pages/parts.js';

export function magicLoginPage({
  email = 'ada@example.com',
  direct = true,
  error,
}: {
  readonly email?: string;
  readonly direct?: boolean;
  readonly error?: string;
} = {}): string {
  return page({
    title: 'Sign in by a link',
    section: 'Magic login',
    refused: error !== undefined,
    lede: 'No password: whoever can read the mail has the address. The link works once, within 15 minutes.',
    content: html`
      <div class="columns">
        <form method="post" action="/magic-login" novalidate class="card">
          ${field({
            name: 'email',
            label: 'Mail address',
            type: 'email',
            value: email,
            autocomplete: 'email',
            error,
          })}
          ${checkbox({
            name: 'direct',
            label: 'Let this browser in without the button',
            hint: 'It is known again by a cookie. Every other browser has to press a button.',
            checked: direct,
          })}
          <button class="button">Send me a link</button>
        </form>
        ${tryThis(
          html`Send the form, and open the link in the <a href="/outbox">outbox</a>: this browser is
            in <strong>at once</strong>, because it asked.`,
          html`<a href="/session">Sign out</a>, ask again, and copy the link into a
            <strong>private window</strong>: a button stands before the door, which no mail scanner
            presses.`,
          html`Or clear the box, and see the button here.`,
          html`Open a link again, <strong>ten seconds</strong> after it signed you in: it has done
            its work.`,
        )}
      </div>
    `,
  });
}

export function sentPage(): string {
  return page({
    title: 'Look into your mail',
    section: 'Magic login',
    content: html`
      ${notice('A link is on its way.')}
      <p>
        It works once, for 15 minutes. The browser that asked is let in at once if you said so;
        every other one is shown a button first, as mail scanners open links and press nothing.
      </p>
      <p class="actions">
        <a class="button" href="/outbox">Open the outbox</a>
        <a href="/magic-login">Ask for another mail</a>
      </p>
    `,
  });
}

/** Of all other links the page is that of nestjs-tempid. Whoever has the old link sees it: it names no address. */
export function expiredLinkPage({ title, expiredToken }: LinkPage): string | null {
  if (!expiredToken) return null;
  return page({
    title,
    section: 'Magic login',
    lede: 'It worked for 15 minutes, and they are over.',
    content: html`
      <form method="post" action="/magic-login/again">
        <input type="hidden" name="token" value="${expiredToken.value}" />
        <button class="button">Send a new one to the same address</button>
      </form>
      <p><a href="/magic-login">Type an address instead</a></p>
    `,
  });
}

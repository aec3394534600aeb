import { html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { field, notice, tryThis } from '../pages/parts.js';
import { DEMO } from './accounts.service.js';

export function forgotPage({ email, error }: { email: string; error?: string } = DEMO): string {
  return page({
    title: 'Forgot your password?',
    section: 'Password',
    refused: error !== undefined,
    lede: 'Enter your address, and we send you a link that works once, within 15 minutes.',
    content: html`
      <div class="columns">
        <form method="post" action="/password/forgot" novalidate class="card">
          ${field({
            name: 'email',
            label: 'Mail address',
            type: 'email',
            value: email,
            autocomplete: 'email',
            hint: `The account of this sample is ${DEMO.email}.`,
            error,
          })}
          <button class="button">Send me a link</button>
          <p>Or <a href="/password/sign-in">sign in</a> with the password you have.</p>
        </form>
        ${tryThis(
          html`Ask for <strong>two</strong> mails, one after the other, and open the older one in
            the <a href="/outbox">outbox</a>: its link <strong>ended</strong> when you asked again.`,
          html`Ask, and choose a new password by the newest mail: the old one no longer signs you
            in. Open the mail again: its link has <strong>died with the old password</strong>.`,
          html`Ask for an address that has no account: the answer tells you nothing.`,
        )}
      </div>
    `,
  });
}

export function sentPage(): string {
  return page({
    title: 'Look into your mail',
    section: 'Password',
    content: html`
      ${notice('If there is an account with that address, a link is on its way.')}
      <p>
        The link works for 15 minutes, once. Ask as often as you like: each new mail ends the links
        of those before it at once, so only the newest works.
      </p>
      <p class="actions">
        <a class="button" href="/outbox">Open the outbox</a>
        <a href="/password/forgot">Ask for another mail</a>
      </p>
    `,
  });
}

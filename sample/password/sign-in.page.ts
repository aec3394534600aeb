import { html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { field, notice } from '../pages/parts.js';
import { DEMO } from './accounts.service.js';

export function signInPage({
  email = DEMO.email,
  error,
  changed = false,
}: {
  readonly email?: string;
  readonly error?: string;
  readonly changed?: boolean;
}): string {
  return page({
    title: 'Sign in',
    section: 'Password',
    refused: error !== undefined,
    content: html`
      ${changed && notice('Your password is changed. The old one no longer works, and neither does any link that was sent for it.')}
      <div class="columns">
        <form method="post" action="/password/sign-in" novalidate class="card">
          ${field({
            name: 'email',
            label: 'Mail address',
            type: 'email',
            value: email,
            autocomplete: 'username',
          })}
          ${field({
            name: 'password',
            label: 'Password',
            type: 'password',
            autocomplete: 'current-password',
            error,
          })}
          <button class="button">Sign in</button>
          <p><a href="/password/forgot">Forgot your password?</a></p>
        </form>
        <aside class="try" aria-labelledby="account">
          <h2 id="account">The account of this sample</h2>
          <dl>
            <dt>Address</dt>
            <dd><code>${DEMO.email}</code></dd>
            <dt>First password</dt>
            <dd><code>${DEMO.password}</code></dd>
          </dl>
          <p>It works until you choose another one.</p>
        </aside>
      </div>
    `,
  });
}

export function signedInPage(email: string): string {
  return page({
    title: 'That is the right password',
    section: 'Password',
    content: html`
      ${notice(`${email} would be signed in now.`)}
      <p>The sample stops here: it keeps no session.</p>
      <p class="actions">
        <a class="button" href="/password/sign-in">Try another password</a>
        <a href="/password/forgot">Forget it again</a>
      </p>
    `,
  });
}

import { html, type Html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { momentText } from '../pages/parts.js';
import type { Mail } from './mail.entity.js';

export function outboxPage(mails: readonly Mail[], linksOutliveRestart: boolean): string {
  return page({
    title: 'Outbox',
    section: 'Outbox',
    lede: 'Every mail that this application would have sent, newest first. Nothing leaves this machine.',
    content: html`
      ${!linksOutliveRestart && restartHint}
      ${
        mails.length === 0
          ? empty
          : html`<ul class="mails">
              ${mails.map(mailItem)}
            </ul>`
      }
    `,
  });
}

const restartHint = html`<p class="aside">
  <strong>These links end when the server stops.</strong> No <code>TEMPID_SECRET</code> is set, so
  each start makes a secret of its own. To keep links across restarts, set one before
  <code>npm start</code>:
  <code>export TEMPID_SECRET=$(openssl rand -base64 32)</code>
</p>`;

const empty = html`<p>
  No mail yet. <a href="/password/forgot">Forget a password</a>, sign in
  <a href="/magic-login">by a link</a> or <a href="/code">by a code</a>,
  <a href="/invite">invite people</a> or <a href="/download">send a file</a>.
</p>`;

function mailItem({ recipient, subject, text, code, linkLabel, linkPath, sentAt }: Mail): Html {
  return html`<li>
    <article class="mail">
      <h2>${subject}</h2>
      <p class="envelope">
        To ${recipient}, <time datetime="${sentAt}">${momentText(new Date(sentAt))}</time>
      </p>
      <p>${text}</p>
      ${typeof code === 'string' && html`<p class="code">${code}</p>`}
      <p><a class="button" href="${linkPath}">${linkLabel}</a></p>
      <p class="address"><code>${linkPath}</code></p>
    </article>
  </li>`;
}

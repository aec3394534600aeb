import { html, type Html } from '../pages/html.js';
import { page } from '../pages/layout.js';

export function homePage(storage: string): string {
  return page({
    title: 'Links that end by themselves',
    lede: 'Everyday links, and a code: each works for a limited time and a limited number of times. Of most nothing is stored when one is made, and only its uses are counted.',
    content: html`
      <ul class="tickets">
        ${[password, magicLogin, code, invite, download, scanner]}
      </ul>
      <section aria-labelledby="mail">
        <h2 id="mail">Where do the mails go?</h2>
        <p>
          Into the <a href="/outbox">outbox</a> of this application, newest first. Open the links
          there, and read the codes, as their recipient would.
        </p>
      </section>
      <section aria-labelledby="storage">
        <h2 id="storage">Where is it kept?</h2>
        <p>
          ${storage} Start with <code>DATABASE_URL</code> or <code>REDIS_URL</code> set to use
          PostgreSQL, MySQL, MariaDB or Redis instead.
        </p>
      </section>
    `,
  });
}

const password = ticket({
  limits: ['15 minutes', 'once'],
  title: 'Forgot password',
  path: '/password/forgot',
  action: 'Forget a password',
  text: 'A link in a mail lets you choose a new password. Only that of the newest mail works, and it dies with the old password.',
  trial: 'Ask for two mails, and open the older one: its link has ended.',
});

const magicLogin = ticket({
  limits: ['15 minutes', 'once'],
  title: 'Magic login',
  path: '/magic-login',
  action: 'Sign in by a link',
  text: 'A link in a mail instead of a password. The browser that asked is let in at once; any other shows a button first, which a mail scanner does not press.',
  trial: 'Open the link here, and another one in a private window.',
});

const code = ticket({
  limits: ['10 minutes', '5 attempts'],
  title: 'Sign in by a code',
  path: '/code',
  action: 'Get a code',
  text: 'Six digits to type where you asked for them. An attempt is counted before the code is compared, so guessing ends after five, however many try at once.',
  trial: 'Be wrong until no attempt is left: then even a new code does not help.',
});

const invite = ticket({
  limits: ['7 days', '3 people'],
  title: 'Invite link',
  path: '/invite',
  action: 'Invite people',
  text: 'One link, or one QR code, for a whole team. Each person takes one place, and looking takes none. The team sees who joined by which invite, and ends or extends what is open.',
  trial: 'Join twice as the same person, then as four people: the invite is full.',
});

const download = ticket({
  limits: ['1 hour', '3 downloads'],
  title: 'Download link',
  path: '/download',
  action: 'Send a file',
  text: 'A file for whoever has the link, three times. Looking at the page costs nothing, so a mail scanner that opens every link uses nothing up.',
  trial: 'Download, reload the page, and watch the count go down.',
});

const scanner = ticket({
  limits: ['30 minutes', 'once'],
  title: 'What a mail scanner does to a link',
  path: '/scanner',
  action: 'Scan a link',
  text: 'Programs open the links of a mail before its reader does. Watch them look at a link in seven ways, and find it unspent.',
  trial: 'Open both links that were scanned: one still works.',
});

function ticket(flow: {
  readonly limits: readonly string[];
  readonly title: string;
  readonly path: string;
  readonly action: string;
  readonly text: string;
  readonly trial: string;
}): Html {
  return html`<li class="ticket">
    <div class="ticket-body">
      <h2>${flow.title}</h2>
      <p class="limits">${flow.limits.join(' · ')}</p>
      <p>${flow.text}</p>
    </div>
    <div class="ticket-end">
      <p><strong>Try:</strong> ${flow.trial}</p>
      <a class="button" href="${flow.path}">${flow.action}</a>
    </div>
  </li>`;
}

import { html } from '../pages/html.js';
import { page } from '../pages/layout.js';

export function scannerPage(): string {
  return page({
    title: 'What a mail scanner does to this link',
    section: 'Scanner',
    lede: 'Before you see a mail, programs have opened its links. This one makes two links that work once, and looks at both as they do.',
    content: html`
      <form method="post" action="/scanner" class="card">
        <p>
          One link is made with <code>@TempIDLink</code>: opening it spends nothing, and a button
          does. The other spends its use when it is opened, as many links do.
        </p>
        <button class="button">Make two links and scan them</button>
        <p class="hint">
          The server asks itself and no other: with HEAD, with GET, ahead of a click, and as a
          browser without a window.
        </p>
      </form>
    `,
  });
}

const again = html`<p class="actions"><a class="button" href="/scanner">Scan another link</a></p>`;

export function throughPage(): string {
  return page({
    title: 'You came through',
    section: 'Scanner',
    lede: 'The scanner opened the link before you, many times, and its one use was still there. You pressed the button, and now it is spent.',
    content: again,
  });
}

/** What the first to open the naive link sees: nobody but a scanner. */
export function spentPage(): string {
  return page({
    title: 'The link did its work',
    section: 'Scanner',
    lede: 'Whoever opened it first has used it.',
    content: again,
  });
}

export function burntPage(): string {
  return page({
    title: 'Somebody was here before you',
    section: 'Scanner',
    lede: 'The scanner’s first look has spent the only use: all that is left for the person whom the link was sent to is an error.',
    content: again,
  });
}

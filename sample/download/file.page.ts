import type { TempIDOf, UsesInfo } from 'nestjs-tempid';
import type { BadLinkTexts } from '../pages/bad-link.filter.js';
import { html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { usesLeft } from '../pages/parts.js';
import type { Download } from './download.kind.js';

export const FILE_LINK_TEXTS: BadLinkTexts = {
  section: 'Download',
  usedUp: {
    title: 'All three downloads are used',
    text: 'The link gave the file three times, and that was all it had to give.',
  },
  notForThis: {
    title: 'This link is not a download',
    text: 'It is for something else, so it opens nothing here.',
  },
  askAgain: { path: '/download', label: 'Send the file again' },
};

export function filePage(token: TempIDOf<typeof Download>, uses: UsesInfo): string {
  return page({
    title: `Download ${token.payload.file}`,
    section: 'Download',
    lede: `The link works for another ${token.remaining()}.`,
    content: html`
      ${usesLeft(uses, 'downloads')}
      <form method="post" action="/download/file" class="card">
        <input type="hidden" name="token" value="${token.value}" />
        <button class="button">Download ${token.payload.file}</button>
        <p class="hint">
          Each click is a download. Your browser saves the file and stays here: reload the page to
          see the new count.
        </p>
      </form>
    `,
  });
}

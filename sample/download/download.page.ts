import { html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { field, tryThis } from '../pages/parts.js';

export function downloadPage({
  email = 'reader@example.com',
  error,
}: { readonly email?: string; readonly error?: string } = {}): string {
  return page({
    title: 'Send a file',
    section: 'Download',
    refused: error !== undefined,
    lede: 'Whoever has the link can download the file three times within an hour.',
    content: html`
      <div class="columns">
        <form method="post" action="/download" novalidate class="card">
          ${field({
            name: 'email',
            label: 'Send it to',
            type: 'email',
            value: email,
            autocomplete: 'email',
            error,
          })}
          <button class="button">Send the link</button>
        </form>
        ${tryThis(
          html`Open the link in the <a href="/outbox">outbox</a> and download the file.`,
          html`After a download, reload its page: one download <strong>fewer</strong> is left.`,
          html`Reload it as often as you like: looking costs nothing.`,
          html`Download three times, then <strong>once more</strong>.`,
        )}
      </div>
    `,
  });
}

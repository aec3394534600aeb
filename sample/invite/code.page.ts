import { encode } from 'uqr';
import { html, type Html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import type { InviteToken } from './invites.service.js';
import { teamPath } from './team.page.js';

/** @param link what the code says */
export function codePage(token: InviteToken, link: string): string {
  const { team } = token.payload;
  const { hostname, pathname, search } = new URL(link);
  return page({
    title: `Scan to join ${team}`,
    section: 'Invite',
    lede: `Point a phone's camera at the code. The invite ends in ${token.remaining()}.`,
    content: html`
      <div class="columns">
        <div class="card">
          ${qrCode(link, `QR code of the invite to ${team}; its link is below`)}
          <p class="hint"><code>${link}</code></p>
          <p class="actions">
            <a class="button" href="${pathname + search}">Open it here</a>
            <a href="${teamPath(team)}">See who joined</a>
          </p>
        </div>
        <aside class="try" aria-labelledby="keep">
          <h2 id="keep">Print it now</h2>
          <p>
            Once you have left this page, nobody can show the code again: the link is not kept, not
            even in the database.
          </p>
          ${/^(?:127\.|localhost$|\[::1\]$)/.test(hostname) && forOtherPhones}
        </aside>
      </div>
    `,
  });
}

const forOtherPhones = html`<h2>So that a phone reaches it</h2>
  <p>
    This server listens on this machine only. In a network that you trust, since everybody there can
    read the outbox, start it with the address of this machine:
    <code>HOST=0.0.0.0 PUBLIC_URL=http://192.168.1.20:3000 npm start</code>
  </p>`;

/** Dark on light in dark mode as well, since some cameras read no other. */
function qrCode(text: string, label: string): Html {
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  const squares = data.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : [])),
  );
  return html`<svg class="qr" role="img" aria-label="${label}" viewBox="0 0 ${size} ${size}">
    <path d="${squares.join('')}" />
  </svg>`;
}

import { html, type Html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { notice, usesLeft } from '../pages/parts.js';
import { type Look, LOOKS } from './looks.js';
import type { Finding, ScannedLink, Trial } from './trial.service.js';

export function trialPage({ careful, naive }: Trial): string {
  return page({
    title: 'The scanner was here',
    section: 'Scanner',
    content: html`
      ${notice(`${LOOKS.length} looks at two links. Now it is your turn: open them as the person they were sent to.`)}
      <div class="pair">
        ${turn('With @TempIDLink', careful, 'Open this link')}
        ${turn('Spent by GET', naive, 'Open this one, too')}
      </div>
      <section aria-labelledby="looks" class="wide">
        <h2 id="looks">What it did, and what it saw</h2>
        <ol class="looks">
          ${LOOKS.map((look, index) => lookItem(look, careful.findings[index], naive.findings[index]))}
        </ol>
      </section>
      <p><a href="/scanner">Scan another link</a></p>
    `,
  });
}

function turn(title: string, { path, findings }: ScannedLink, label: string): Html {
  const last = findings.at(-1);
  return html`<section class="card">
    <h2>${title}</h2>
    ${last && usesLeft(last.uses, 'uses')}
    <p><a class="button" href="${path}">${label}</a></p>
  </section>`;
}

function lookItem({ title, by }: Look, careful?: Finding, naive?: Finding): Html {
  return html`<li class="look">
    <div>
      <h3>${title}</h3>
      <p class="hint">${by}</p>
    </div>
    <dl>
      <div>
        <dt>With <code>@TempIDLink</code></dt>
        ${careful && sightOf(careful)}
      </div>
      <div>
        <dt>Spent by GET</dt>
        ${naive && sightOf(naive)}
      </div>
    </dl>
  </li>`;
}

function sightOf({ status, heading, followed, uses, spends }: Finding): Html {
  return html`<dd>
    <code>${status}</code>,
    ${heading === null ? 'nothing to see' : `“${heading}”`}${
      followed > 0 && `, and ${followed} addresses on it`
    } <br /><strong>${uses.left} of ${uses.total}</strong>
    left${spends && html`: <strong class="error">this look spent it</strong>`}
  </dd>`;
}

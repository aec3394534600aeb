import { html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { choice, field, tryThis } from '../pages/parts.js';
import { teamPath } from './team.page.js';

interface InviteForm {
  readonly team?: string;
  readonly label?: string;
  readonly isForPhones?: boolean;
  readonly errors?: { readonly team?: string | undefined; readonly label?: string | undefined };
  /** Those that have invites. */
  readonly teams?: readonly string[];
}

export function invitePage({
  team = 'Night Owls',
  label = '',
  isForPhones = false,
  errors,
  teams = [],
}: InviteForm): string {
  return page({
    title: 'Invite people',
    section: 'Invite',
    refused: errors !== undefined,
    lede: 'One link for everybody. It lets three people in within 7 days, each of them once, and then it closes.',
    content: html`
      <div class="columns">
        <form method="post" action="/invite" novalidate class="card">
          ${field({
            name: 'team',
            label: 'Name of the team',
            value: team,
            autocomplete: 'off',
            error: errors?.team,
          })}
          ${field({
            name: 'label',
            label: 'What you call this invite',
            value: label,
            autocomplete: 'off',
            hint: 'Only your list shows it. It may be empty.',
            error: errors?.label,
          })}
          ${choice({
            name: 'way',
            legend: 'How it is sent',
            chosen: isForPhones ? 'code' : 'mail',
            options: [
              { value: 'mail', label: 'By mail', hint: 'Its end and its places never change.' },
              {
                value: 'code',
                label: 'As a QR code',
                hint: 'A short link, which you can extend later.',
              },
            ],
          })}
          <button class="button">Make the invite</button>
        </form>
        ${tryThis(
          html`Join three times, each time as <strong>somebody else</strong>, and watch the places
            go down.`,
          html`Join <strong>as the same person</strong> again: you are in already, and take no
            second place.`,
          html`Come as the <strong>fourth</strong>: the invite is full.`,
          html`Make a <strong>QR code</strong>, and extend it when it is full.`,
          html`<strong>End</strong> an invite, and open its link.`,
        )}
      </div>
      ${
        teams.length > 0 &&
        html`<section aria-labelledby="teams">
          <h2 id="teams">Invites that were made</h2>
          <ul class="links">
            ${teams.map((each) => html`<li><a href="${teamPath(each)}">${each}</a></li>`)}
          </ul>
        </section>`
      }
    `,
  });
}

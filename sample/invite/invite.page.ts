import { html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { field, notice, tryThis } from '../pages/parts.js';
import { PLACES } from './invite.kind.js';
import type { Member } from './member.entity.js';

export function invitePage({
  team = 'Night Owls',
  error,
}: { readonly team?: string; readonly error?: string } = {}): string {
  return page({
    title: 'Invite people',
    section: 'Invite',
    refused: error !== undefined,
    lede: 'One link for everybody. It lets three people in within 7 days, and then it closes.',
    content: html`
      <div class="columns">
        <form method="post" action="/invite" novalidate class="card">
          ${field({ name: 'team', label: 'Name of the team', value: team, autocomplete: 'off', error })}
          <button class="button">Send the invite</button>
        </form>
        ${tryThis(
          html`Open the invite in the <a href="/outbox">outbox</a>, more than once: looking takes no
            place.`,
          html`Join <strong>without a name</strong>: that takes no place either.`,
          html`Join three times, and watch the places go down.`,
          html`Come as the <strong>fourth</strong>: the invite is full.`,
        )}
      </div>
    `,
  });
}

export function membersPage(latest: Member, members: readonly Member[]): string {
  return page({
    title: latest.team,
    section: 'Invite',
    content: html`
      ${notice(`${latest.name} is in.`)}
      <section class="card" aria-labelledby="members">
        <h2 id="members">Joined by this invite</h2>
        <ol class="members">
          ${members.map(({ name }) => html`<li>${name}</li>`)}
        </ol>
      </section>
      <p>
        Open the link in the <a href="/outbox">outbox</a>
        ${
          members.length < PLACES
            ? 'again to see how many places are left, and to join as somebody else.'
            : 'once more: every place is taken, and it lets nobody else in.'
        }
      </p>
    `,
  });
}

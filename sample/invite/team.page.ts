import { html, type Html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { momentText, notice, timeUntil, usesLeft } from '../pages/parts.js';
import { PLACES } from './invite.kind.js';
import type { TeamInvite } from './team-invites.service.js';

/** @param done what the page says was done just now: a key of {@link NOTICES} */
export function teamPath(team: string, done?: string): string {
  const query = new URLSearchParams({ name: team, ...(done !== undefined && { done }) });
  return `/invite/team?${query.toString()}`;
}

const NOTICES: ReadonlyMap<string, Html> = new Map([
  ['sent', html`The invite is sent. It is in the <a href="/outbox">outbox</a>.`],
  ['joined', html`You are in.`],
  ['extended', html`The invite has ${PLACES} more places, and ends a week from now.`],
  ['too-late', html`That invite has ended, so it cannot be extended. Make another one.`],
  ['ended', html`The invite is ended. Whoever joined by it stays in.`],
  ['all-ended', html`All invites are ended. Whoever joined stays in.`],
]);

export function teamPage({
  team,
  invites,
  hasMore,
  done,
}: {
  readonly team: string;
  readonly invites: readonly TeamInvite[];
  readonly hasMore: boolean;
  readonly done: string;
}): string {
  const said = NOTICES.get(done);
  const isAnyOpen = invites.some(({ state }) => state === 'open');
  return page({
    title: team,
    section: 'Invite',
    lede: 'The invites to this team, newest first, and who joined by which.',
    content: html`
      ${said && notice(said)}
      <ul class="tickets">
        ${invites.map((invite) => inviteItem(team, invite))}
      </ul>
      ${hasMore && html`<p>Older invites are not shown.</p>`}
      <div class="actions">
        <a class="button" href="/invite">Invite more people</a>
        ${isAnyOpen && action(team, 'end-all', 'End all invites')}
      </div>
      <section aria-labelledby="copy">
        <h2 id="copy">Why is there no “copy the link”?</h2>
        <p>
          Because the application does not keep it. Of a short link the database has a hash and its
          sealed contents, and of one in a mail no more than what you see here: neither can be
          turned back into the link. The outbox stands for the mailbox of your friends, where the
          mail still is. Who has lost the link gets a new invite, and you end the old one.
        </p>
        <p class="hint">A real application shows this page only to who may invite.</p>
      </section>
    `,
  });
}

function inviteItem(team: string, invite: TeamInvite): Html {
  const { id, label, format, state, people, expiresAt, issuedAt } = invite;
  const way = format === 'short' ? 'QR code' : 'mail';
  const isRunning = state === 'open' || state === 'spent';
  return html`<li class="ticket">
    <article class="ticket-body" aria-labelledby="invite-${id}">
      <h2 id="invite-${id}">${label ?? 'Without a label'}</h2>
      <p class="hint">By ${way}, made ${momentText(issuedAt)}</p>
      ${isRunning && usesLeft({ ...invite, total: invite.maxUses }, 'places')}
      <p><strong>${STATES[state](expiresAt)}</strong></p>
      ${joined(people)}
    </article>
    ${isRunning && html`<div class="ticket-end">${actions(team, invite)}</div>`}
  </li>`;
}

function actions(team: string, invite: TeamInvite): Html {
  const extend =
    invite.format === 'short'
      ? html`<p>A short link can be extended: ${PLACES} more places, and 7 days from now.</p>
          ${action(team, 'extend', 'Extend it', invite)}`
      : html`<p>The link in the mail says itself when it ends, so it cannot be extended.</p>`;
  return html`${extend} ${invite.state === 'open' && action(team, 'end', 'End this invite', invite)}`;
}

const STATES: Readonly<Record<TeamInvite['state'], (expiresAt: Date) => string>> = {
  open: (expiresAt) => `Open. It ends ${timeUntil(expiresAt)}, on ${momentText(expiresAt)}.`,
  spent: () => 'Full. Every place is taken, and it lets nobody else in.',
  revoked: () => 'Ended. It lets nobody else in.',
  expired: (expiresAt) => `Expired on ${momentText(expiresAt)}.`,
  'not-yet-valid': () => 'Not open yet.',
};

function joined(people: TeamInvite['people']): Html {
  if (people.length === 0) return html`<p>Nobody has joined by it.</p>`;
  return html`<p>Joined by it:</p>
    <ol class="members">
      ${people.map(({ by }) => html`<li>${by}</li>`)}
    </ol>`;
}

/** A form of one button; of several that look alike a screen reader says which invite each is about. */
function action(team: string, path: string, text: string, invite?: TeamInvite): Html {
  return html`<form method="post" action="/invite/team/${path}">
    <input type="hidden" name="team" value="${team}" />
    ${invite && html`<input type="hidden" name="id" value="${invite.id}" />`}
    <button class="button button-quiet" ${invite && html`aria-describedby="invite-${invite.id}"`}>
      ${text}
    </button>
  </form>`;
}

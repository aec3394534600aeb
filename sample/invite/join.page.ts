import type { UsesInfo } from 'nestjs-tempid';
import type { BadLinkTexts } from '../pages/bad-link.filter.js';
import { html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { field, usesLeft } from '../pages/parts.js';
import type { InviteToken } from './invites.service.js';
import { teamPath } from './team.page.js';

export const INVITE_LINK_TEXTS: BadLinkTexts = {
  section: 'Invite',
  usedUp: {
    title: 'This invite is full',
    text: 'As many have joined as it had room for. If you are one of them, you are in. Otherwise ask whoever sent it for another one.',
  },
  notForThis: {
    title: 'This link is not an invite',
    text: 'It is for something else, so it opens nothing here.',
  },
  withdrawn: {
    title: 'This invite was ended',
    text: 'It lets nobody else in; whoever joined before stays in. Ask whoever sent it for another one.',
  },
  askAgain: { path: '/invite', label: 'Make a new invite' },
};

export function joinPage(token: InviteToken, uses: UsesInfo, error?: string): string {
  return page({
    title: `Join ${token.payload.team}`,
    section: 'Invite',
    refused: error !== undefined,
    lede: `You are invited. The invite ends in ${token.remaining()}.`,
    content: html`
      ${usesLeft(uses, 'places')}
      <form method="post" action="/invite/join" novalidate class="card">
        <input type="hidden" name="token" value="${token.value}" />
        ${field({
          name: 'email',
          label: 'Your mail address',
          type: 'email',
          autocomplete: 'email',
          hint: 'The team will see it. It says who you are, so that each person takes one place. A real application takes the id of whoever is signed in.',
          error,
        })}
        <button class="button">Take a place</button>
      </form>
    `,
  });
}

export function alreadyInPage(team: string): string {
  return page({
    title: 'You are in already',
    section: 'Invite',
    lede: `You have joined ${team} by this invite before. That is fine: nothing has changed, and no other place was taken.`,
    content: html`
      <p><a class="button" href="${teamPath(team)}">See the team</a></p>
      <p class="hint">The answer is <code>409 TEMPID_ALREADY_USED</code>.</p>
    `,
  });
}

import { randomUUID } from 'node:crypto';
import type { TempIDOf, UsesInfo } from 'nestjs-tempid';
import type { BadLinkTexts } from '../pages/bad-link.filter.js';
import { html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { field, usesLeft } from '../pages/parts.js';
import type { Invite } from './invite.kind.js';

export const INVITE_LINK_TEXTS: BadLinkTexts = {
  section: 'Invite',
  usedUp: {
    title: 'This invite is full',
    text: 'Three people have joined, and three was all it had room for. If you clicked twice, you are one of them. Otherwise ask whoever sent it for another one.',
  },
  notForThis: {
    title: 'This link is not an invite',
    text: 'It is for something else, so it opens nothing here.',
  },
  askAgain: { path: '/invite', label: 'Make a new invite' },
};

export function joinPage(token: TempIDOf<typeof Invite>, uses: UsesInfo, error?: string): string {
  return page({
    title: `Join ${token.payload.team}`,
    section: 'Invite',
    refused: error !== undefined,
    lede: `You are invited. The invite ends in ${token.remaining()}.`,
    content: html`
      ${usesLeft(uses, 'places')}
      <form method="post" action="/invite/join" novalidate class="card">
        <input type="hidden" name="token" value="${token.value}" />
        <input type="hidden" name="form" value="${randomUUID()}" />
        ${field({
          name: 'name',
          label: 'Your name',
          autocomplete: 'name',
          hint: 'The others in the team will see it.',
          error,
        })}
        <button class="button">Take a place</button>
      </form>
    `,
  });
}

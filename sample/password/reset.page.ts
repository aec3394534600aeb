import type { TempID } from 'nestjs-tempid';
import type { BadLinkTexts } from '../pages/bad-link.filter.js';
import { html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { field, tryThis } from '../pages/parts.js';

const MIN_LENGTH = 10;

export const RESET_LINK_TEXTS: BadLinkTexts = {
  section: 'Password',
  usedUp: {
    title: 'This link was used already',
    text: 'It worked once. If it was you who used it, perhaps by pressing the button twice, sign in with the new password; if it was not, ask for a new link right away.',
  },
  notForThis: {
    title: 'This link no longer works',
    text: 'The password was changed, by this link or by another, or the link is for something else. Every link for a new password dies when the password changes.',
  },
  withdrawn: {
    title: 'A newer mail has the link',
    text: 'You asked for a new password again after this mail. Only the link of the newest one works.',
  },
  askAgain: { path: '/password/forgot', label: 'Ask for a new link' },
};

export function problemOfPassword(password: string): string | undefined {
  if (password.length > 200) return 'Choose a password of at most 200 characters.';
  return password.length < MIN_LENGTH
    ? `Choose a password of at least ${MIN_LENGTH} characters. Your link still works.`
    : undefined;
}

/** The token goes on in a hidden field, so that the next address does not hold it. */
export function resetPage(token: TempID, error?: string): string {
  return page({
    title: 'Choose a new password',
    section: 'Password',
    refused: error !== undefined,
    lede: `The link works for another ${token.remaining()}.`,
    content: html`
      <div class="columns">
        <form method="post" action="/password/reset" novalidate class="card">
          <input type="hidden" name="token" value="${token.value}" />
          ${field({
            name: 'password',
            label: 'New password',
            type: 'password',
            autocomplete: 'new-password',
            hint: `At least ${MIN_LENGTH} characters.`,
            error,
          })}
          <button class="button">Change the password</button>
        </form>
        ${tryThis(
          html`Choose one that is <strong>too short</strong>: the mistake costs you nothing, and the
            link still works.`,
          html`Then choose a good one, and open the link again.`,
        )}
      </div>
    `,
  });
}

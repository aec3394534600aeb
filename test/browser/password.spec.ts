import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Accounts } from '../../sample/password/accounts.service.js';
import { FIRST_PASSWORD } from '../sample/visitor.js';
import { clickTwice } from './support/click-twice.js';
import { describeInBrowser, expectHeading } from './support/in-browser.js';
import { hasFocus, tabTo } from './support/keyboard.js';
import { linkInMail, openMail } from './support/mail.js';
import { scan } from './support/scanner.js';

const NEW_PASSWORD = 'difference engine';

describeInBrowser('forgot password in a browser', ({ open, sample }) => {
  it('a reset link changes the password after a mistake, and is refused the second time', async () => {
    const page = await open();
    await forget(page);
    await openMail(page);
    await expectHeading(page, 'Choose a new password');

    await choose(page, 'short');
    expect(await page.getByRole('alert').innerText()).toContain('Your link still works.');
    const field = page.getByLabel('New password');
    expect([await field.inputValue(), await hasFocus(field)]).toEqual(['', true]);

    await choose(page, NEW_PASSWORD);
    await expectHeading(page, 'Sign in');
    expect(await page.getByRole('status').innerText()).toContain('Your password is changed.');
    expect(page.url()).not.toContain('TEMP');

    await signIn(page, FIRST_PASSWORD);
    await page.getByRole('alert').waitFor();
    await signIn(page, NEW_PASSWORD);
    await expectHeading(page, 'That is the right password');

    await openMail(page);
    await expectHeading(page, 'This link no longer works');
    await page.getByRole('link', { name: 'Ask for a new link' }).click();
    await expectHeading(page, 'Forgot your password?');
  });

  it('the form that was still open is refused when another link changed the password', async () => {
    const late = await open();
    await forget(late);
    await openMail(late);
    const page = await open();
    await forget(page);
    await openMail(page);
    await choose(page, NEW_PASSWORD);
    await expectHeading(page, 'Sign in');

    await choose(late, 'another engine');
    await expectHeading(late, 'This link no longer works');
  });

  it.each([
    ['the two mails, then the new password', [endOlderLink, diesWithPassword]],
    ['the new password, then the two mails', [diesWithPassword, endOlderLink]],
    ['each of them twice', [endOlderLink, diesWithPassword, diesWithPassword, endOlderLink]],
  ])('does what the page says in whatever order one tries it: %s', async (_order, steps) => {
    const page = await open();
    await page.goto('/password/forgot');
    const said = await page.getByRole('complementary').getByRole('listitem').allInnerTexts();
    expect(said).toEqual([
      expect.stringContaining('its link ended when you asked again'),
      expect.stringContaining('its link has died with the old password'),
      expect.stringContaining('no account'),
    ]);
    const passwords = [FIRST_PASSWORD];
    for (const step of steps) await step(page, passwords);
  });

  it('a reset link lets the person in whose link a scanner opened first', async () => {
    const page = await open();
    await forget(page);
    await scan(await open(), await linkInMail(page));
    await openMail(page);
    await choose(page, NEW_PASSWORD);
    await expectHeading(page, 'Sign in');
  });

  it('a person who clicks twice is told that their password is changed', async () => {
    const page = await open();
    await forget(page);
    await openMail(page);
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    const button = page.getByRole('button', { name: 'Change the password' });
    const endFirst = await clickTwice(button, sample().get(Accounts), 'changePassword');
    await expectHeading(page, 'Sign in');
    await page.getByText('Your password is changed.').waitFor();
    await endFirst();

    await page.goto('/password/sign-in');
    await signIn(page, NEW_PASSWORD);
    await expectHeading(page, 'That is the right password');
  });

  it('a reset link needs no mouse', async () => {
    const page = await open();
    const { keyboard } = page;
    const link = (name: string) => page.getByRole('link', { name });
    await tabTo(page, link('Skip to the content'));
    await keyboard.press('Enter');
    await tabTo(page, link('Forget a password'));
    await keyboard.press('Enter');
    await expectHeading(page, 'Forgot your password?');
    await tabTo(page, page.getByLabel('Mail address'));
    await keyboard.press('Enter');
    await expectHeading(page, 'Look into your mail');
    await tabTo(page, link('Open the outbox'));
    await keyboard.press('Enter');
    await expectHeading(page, 'Outbox');
    await tabTo(page, page.getByRole('article').getByRole('link'));
    await keyboard.press('Enter');
    await expectHeading(page, 'Choose a new password');

    await tabTo(page, page.getByLabel('New password'));
    await keyboard.type('short');
    await keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    // The mistake has the focus already.
    await keyboard.type(NEW_PASSWORD);
    await tabTo(page, page.getByRole('button', { name: 'Change the password' }));
    await keyboard.press('Space');
    await expectHeading(page, 'Sign in');
  });
});

/** The first thing to try. */
async function endOlderLink(page: Page): Promise<void> {
  await forget(page);
  await forget(page);
  await page.getByRole('navigation').getByRole('link', { name: 'Outbox' }).click();
  await page.getByRole('article').nth(1).getByRole('link').click();
  await expectHeading(page, 'A newer mail has the link');
  await openMail(page);
  await expectHeading(page, 'Choose a new password');
}

/** The second. */
async function diesWithPassword(page: Page, passwords: string[]): Promise<void> {
  const old = passwords.at(-1) ?? '';
  const chosen = `password number ${passwords.length}`;
  passwords.push(chosen);
  await forget(page);
  await openMail(page);
  await choose(page, chosen);
  await expectHeading(page, 'Sign in');
  await signIn(page, old);
  await page.getByRole('alert').waitFor();
  await signIn(page, chosen);
  await expectHeading(page, 'That is the right password');
  await openMail(page);
  await expectHeading(page, 'This link no longer works');
}

async function forget(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('link', { name: 'Forget a password' }).click();
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await expectHeading(page, 'Look into your mail');
}

async function choose(page: Page, password: string): Promise<void> {
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Change the password' }).click();
}

async function signIn(page: Page, password: string): Promise<void> {
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

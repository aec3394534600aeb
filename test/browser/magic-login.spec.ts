import { afterEach, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { TempIDService } from 'nestjs-tempid';
import { Sessions } from '../../sample/session/sessions.service.js';
import { ADA, tokenOf } from '../sample/visitor.js';
import { MINUTE, setClock } from '../support/clock.js';
import { clickTwice } from './support/click-twice.js';
import { describeInBrowser, expectHeading, PHONE } from './support/in-browser.js';
import { tabTo } from './support/keyboard.js';
import { linkInMail, openMail } from './support/mail.js';
import { prefetch } from './support/prefetch.js';
import { scan } from './support/scanner.js';

describeInBrowser('a magic link in a browser', ({ open, sample }) => {
  const usesOf = (link: string) =>
    sample().get(TempIDService, { strict: false }).usesInfo(tokenOf(link));

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('a magic link lets the browser in that asked, without a button, until it signs out', async () => {
    const page = await open();
    await ask(page);
    await openMail(page);
    await expectSignedIn(page);
    expect(await page.getByRole('status').innerText()).toBe(`Welcome, ${ADA}.`);

    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await expectHeading(page, 'You are not signed in');
    await page.getByRole('main').getByRole('link', { name: 'Sign in by a link' }).click();
    await expectHeading(page, 'Sign in by a link');
  });

  it('a magic link shows every other browser one button, which lets it in', async () => {
    const asker = await open();
    await ask(asker);
    const link = await linkInMail(asker);

    const page = await open();
    await page.goto(link);
    await expectHeading(page, 'One more step');
    expect(await page.getByRole('button').allInnerTexts()).toEqual(['Continue']);
    expect(await page.getByRole('link').count()).toBe(0);
    expect(await usesOf(link)).toMatchObject({ left: 1 });
    await pressContinue(page);
    await expectSignedIn(page);
    expect(await usesOf(link)).toMatchObject({ left: 0 });

    await asker.goto('/session');
    await expectHeading(asker, 'You are not signed in');
  });

  it('a magic link shows the button to the browser that asked as well, where it was told to', async () => {
    const page = await open();
    await ask(page, { direct: false });
    await openMail(page);
    await pressContinue(page);
    await expectSignedIn(page);
  });

  it('a magic link lets the person in whose link a scanner opened first', async () => {
    const page = await open();
    await ask(page);
    await scan(await open(), await linkInMail(page));
    await openMail(page);
    await expectSignedIn(page);
  });

  it('a magic link lets the person in with another browser, after a scanner', async () => {
    const asker = await open();
    await ask(asker);
    const link = await linkInMail(asker);
    await scan(await open(), link);
    const page = await open();
    await page.goto(link);
    await pressContinue(page);
    await expectSignedIn(page);
  });

  it('a magic link is not used by its own browser that fetches it before the click', async () => {
    const page = await open();
    await ask(page);
    const link = await linkInMail(page);
    const { purpose, status } = await prefetch(page, link);
    expect([purpose, status]).toEqual(['prefetch', 204]);
    expect(await usesOf(link)).toMatchObject({ left: 1 });
    await page.getByRole('link', { name: 'Prefetched' }).click();
    await expectSignedIn(page);
  });

  it('a double click signs in by one use, and the browser sees the second answer', async () => {
    const page = await open();
    await ask(page, { direct: false });
    const link = await linkInMail(page);
    await page.goto(link);
    const begin = jest.spyOn(sample().get(Sessions), 'begin');
    const posts = countPosts(page);
    const button = page.getByRole('button', { name: 'Continue' });
    const endFirst = await clickTwice(button, sample().get(Sessions), 'begin');
    await posts.reach(2);
    await endFirst();
    await expectSignedIn(page);
    expect(begin).toHaveBeenCalledTimes(2);
    expect(await usesOf(link)).toMatchObject({ used: 1, left: 0 });
  });

  it.each(['Continue', 'Sign in'])(
    'a double click as quick as a hand on "%s" signs in',
    async (name) => {
      const page = await open();
      const isButton = name === 'Continue';
      await ask(page, { direct: !isButton });
      const link = await linkInMail(page);
      if (isButton) await page.goto(link);
      await page.getByRole(isButton ? 'button' : 'link', { name, exact: true }).dblclick();
      await expectSignedIn(page);
      expect(await usesOf(link)).toMatchObject({ used: 1, left: 0 });
    },
  );

  it('the page of a used link says that it was used, and where to ask for another one', async () => {
    const page = await open();
    await ask(page);
    const late = await open();
    await late.goto(await linkInMail(page));
    await openMail(page);
    await expectSignedIn(page);

    await pressContinue(late);
    await expectHeading(late, 'This link was used already');
    expect(new URL(late.url()).search).toBe('');
    // Within seconds it would be taken for the second click of a double click.
    setClock(Date.now() + MINUTE);
    await openMail(page);
    await expectHeading(page, 'You have used this link already');
    await page.getByRole('link', { name: 'Send me a new one' }).click();
    await expectHeading(page, 'Sign in by a link');
    await sendForm(page);
    await openMail(page);
    await expectSignedIn(page);
  });

  it('an expired link is sent again to the same address, without a word of whose that is', async () => {
    const page = await open();
    await ask(page, { email: 'grace@example.com' });
    await page.getByRole('link', { name: 'Open the outbox' }).click();
    setClock(Date.now() + 16 * MINUTE);
    await page.getByRole('article').getByRole('link').click();
    await expectHeading(page, 'This link has expired');
    expect(await page.content()).not.toContain('grace@example.com');
    await page.getByRole('button', { name: 'Send a new one to the same address' }).click();
    await expectHeading(page, 'Look into your mail');
    expect(page.url()).not.toContain('TEMP');
    await openMail(page);
    await pressContinue(page);
    await expectSignedIn(page);
    await page.getByText('Welcome, grace@example.com.').waitFor();
  });

  it('a magic link leaves no token in the history, where going back finds nothing to use', async () => {
    const page = await open();
    await ask(page);
    await openMail(page);
    await expectSignedIn(page);
    await page.goBack();
    await expectHeading(page, 'Outbox');
    await page.goForward();
    await expectSignedIn(page);
  });

  it('a magic link needs no mouse', async () => {
    const page = await open();
    const { keyboard } = page;
    await tabTo(page, page.getByRole('link', { name: 'Sign in by a link' }));
    await keyboard.press('Enter');
    await expectHeading(page, 'Sign in by a link');
    await tabTo(page, page.getByRole('checkbox', { name: 'Let this browser in' }));
    await keyboard.press('Space');
    await tabTo(page, page.getByRole('button', { name: 'Send me a link' }));
    await keyboard.press('Enter');
    await expectHeading(page, 'Look into your mail');
    await tabTo(page, page.getByRole('link', { name: 'Open the outbox' }));
    await keyboard.press('Enter');
    await expectHeading(page, 'Outbox');
    await tabTo(page, page.getByRole('article').getByRole('link'));
    await keyboard.press('Enter');
    await expectHeading(page, 'One more step');
    await tabTo(page, page.getByRole('button', { name: 'Continue' }));
    await keyboard.press('Enter');
    await expectSignedIn(page);
    await tabTo(page, page.getByRole('button', { name: 'Sign out', exact: true }));
    await keyboard.press('Space');
    await expectHeading(page, 'You are not signed in');
  });

  it('a magic link works by taps on a phone', async () => {
    const page = await open(PHONE);
    await page.getByRole('link', { name: 'Sign in by a link' }).tap();
    await page.getByText('Let this browser in without the button').tap();
    await page.getByRole('button', { name: 'Send me a link' }).tap();
    await page.getByRole('link', { name: 'Open the outbox' }).tap();
    await page.getByRole('article').getByRole('link').tap();
    await expectHeading(page, 'One more step');
    await page.getByRole('button', { name: 'Continue' }).tap();
    await expectSignedIn(page);
  });
});

async function ask(page: Page, { direct = true, email = ADA } = {}): Promise<void> {
  await page.getByRole('link', { name: 'Magic login' }).click();
  await page.getByLabel('Mail address').fill(email);
  await page.getByLabel('Let this browser in without the button').setChecked(direct);
  await sendForm(page);
}

async function sendForm(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await expectHeading(page, 'Look into your mail');
}

async function pressContinue(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** With no token in the address bar. */
async function expectSignedIn(page: Page): Promise<void> {
  await expectHeading(page, 'You are signed in');
  const { pathname, search } = new URL(page.url());
  expect(pathname + search).toBe('/session');
}

/** From here on. */
function countPosts(page: Page): { reach(count: number): Promise<void> } {
  let posts = 0;
  let check = () => {};
  page.on('request', (request) => {
    if (request.method() === 'POST') posts += 1;
    check();
  });
  return {
    reach: (count) =>
      new Promise((resolve) => {
        check = () => posts >= count && resolve();
        check();
      }),
  };
}

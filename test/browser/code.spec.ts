import { afterEach, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { wrongCode } from '../codes/wrong-code.js';
import { ADA } from '../sample/visitor.js';
import { setClock } from '../support/clock.js';
import { Sessions } from '../../sample/session/sessions.service.js';
import { clickTwice } from './support/click-twice.js';
import { describeInBrowser, expectHeading, PHONE } from './support/in-browser.js';
import { hasFocus, tabTo } from './support/keyboard.js';
import { codeInMail, openMail } from './support/mail.js';

describeInBrowser('a code in a browser', ({ open, sample }) => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('a code signs in where it was asked for, and nowhere else', async () => {
    const page = await open();
    const code = await ask(page);
    const other = await open();
    await openMail(other);
    await expectHeading(other, 'No code is waiting here');

    await enter(page, code);
    await expectHeading(page, 'You are signed in');
    expect(await page.getByRole('status').innerText()).toBe(`Welcome, ${ADA}.`);
    await openMail(page);
    await expectHeading(page, 'No code is waiting here');
  });

  it('wrong codes are counted down, and the right one gets in with the last attempt', async () => {
    const page = await open();
    const code = await ask(page);
    for (const left of [4, 3, 2, 1]) {
      await enter(page, wrongCode(code));
      await page.getByText(`${left} of 5 attempts left`).waitFor();
      expect(await page.getByRole('alert').innerText()).toBe('That is not the code.');
      expect([await field(page).inputValue(), await hasFocus(field(page))]).toEqual(['', true]);
    }
    await enter(page, code);
    await expectHeading(page, 'You are signed in');
  });

  it('a code no longer works after five wrong ones, nor does the next one for the same address', async () => {
    // It stands still, so that no window of attempts ends within the test.
    setClock(Date.now());
    const page = await open();
    const code = await ask(page);
    const stillOpen = await page.context().newPage();
    await stillOpen.goto('/code/enter');
    for (const left of [4, 3, 2, 1]) {
      await enter(page, wrongCode(code));
      await page.getByText(`${left} of 5 attempts left`).waitFor();
    }
    await enter(page, wrongCode(code));
    await expectHeading(page, 'Too many wrong codes');

    await enter(stillOpen, code);
    await expectHeading(stillOpen, 'Too many wrong codes');
    await openMail(page);
    await expectHeading(page, 'Too many wrong codes');
    await page.getByRole('link', { name: 'Ask for a new code' }).click();
    await page.getByRole('button', { name: 'Send me a code' }).click();
    await expectHeading(page, 'Too many wrong codes');
    await page.getByRole('link', { name: 'Outbox' }).click();
    expect(await page.getByRole('article').count()).toBe(1);

    await enter(page, await ask(page, 'grace@example.com'));
    await expectHeading(page, 'You are signed in');
  });

  it('says of the second for the same address why it has fewer attempts', async () => {
    setClock(Date.now());
    const page = await open();
    await enter(page, wrongCode(await ask(page)));
    await page.getByText('4 of 5 attempts left').waitFor();
    const reason = page.getByText(
      'those that were typed for earlier codes took the other attempts',
    );
    expect(await reason.count()).toBe(0);
    await page.getByRole('link', { name: 'ask for another one' }).click();
    await page.getByRole('button', { name: 'Send me a code' }).click();
    await expectHeading(page, 'Enter the code');
    await page.getByText('4 of 5 attempts left').waitFor();
    await reason.waitFor();
  });

  it('leaves a link as the other way in where too many were wrong', async () => {
    setClock(Date.now());
    const page = await open();
    const code = await ask(page);
    for (let attempt = 1; attempt <= 5; attempt++) {
      await enter(page, wrongCode(code));
      await page.getByText(attempt < 5 ? `${5 - attempt} of 5` : 'Too many wrong codes').waitFor();
    }
    await page.getByRole('link', { name: 'Sign in by a link instead' }).click();
    await expectHeading(page, 'Sign in by a link');
  });

  it('a person who clicks twice is signed in', async () => {
    const page = await open();
    await field(page).fill(await ask(page));
    const button = page.getByRole('button', { name: 'Sign in' });
    const endFirst = await clickTwice(button, sample().get(Sessions), 'begin');
    await expectHeading(page, 'You are signed in');
    await endFirst();

    await page.goto('/session');
    await expectHeading(page, 'You are signed in');
  });

  it.each([
    ['with spaces', (digits: string) => digits.replaceAll(/\d/g, ' $& ')],
    ['with dashes', (digits: string) => digits.replaceAll(/\B/g, '\u2013')],
    ['in full-width digits, with O for 0', fullWidth],
  ])('a code is right when it is typed %s', async (_how, typed) => {
    const page = await open();
    const code = await ask(page);
    await field(page).pressSequentially(typed(code.replace(' ', '')));
    await signIn(page);
    await expectHeading(page, 'You are signed in');
  });

  it('the field of a code is filled in by phones, and read out with what it must be', async () => {
    const page = await open();
    await ask(page);
    const attributes = ['autocomplete', 'inputmode', 'type'];
    const found = attributes.map((name) => field(page).getAttribute(name));
    expect(await Promise.all(found)).toEqual(['one-time-code', 'numeric', 'text']);
    await page.getByRole('textbox', { name: 'Code', description: 'Six digits' }).waitFor();
    await signIn(page);
    const mistake = 'Type the code of the mail. Typing none costs no attempt.';
    await page.getByRole('textbox', { name: 'Code', description: mistake }).waitFor();
    await enter(page, '000');
    await page.getByText('4 of 5 attempts left').waitFor();
  });

  it('a code is entered without a mouse', async () => {
    const page = await open();
    const { keyboard } = page;
    await tabTo(page, page.getByRole('link', { name: 'Get a code' }));
    await keyboard.press('Enter');
    await expectHeading(page, 'Sign in by a code');
    await tabTo(page, page.getByLabel('Mail address'));
    await keyboard.press('Enter');
    await expectHeading(page, 'Enter the code');
    await tabTo(page, page.getByRole('main').getByRole('link', { name: 'outbox' }));
    await keyboard.press('Enter');
    await expectHeading(page, 'Outbox');
    const code = await codeInMail(page);
    await tabTo(page, page.getByRole('article').getByRole('link'));
    await keyboard.press('Enter');
    await expectHeading(page, 'Enter the code');
    await tabTo(page, field(page));
    await keyboard.type(wrongCode(code));
    await keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    // The mistake has the focus already.
    await keyboard.type(code);
    await keyboard.press('Enter');
    await expectHeading(page, 'You are signed in');
  });

  it('a code is entered by taps on a phone', async () => {
    const page = await open(PHONE);
    await page.getByRole('link', { name: 'Get a code' }).tap();
    await page.getByRole('button', { name: 'Send me a code' }).tap();
    await page.getByRole('main').getByRole('link', { name: 'outbox' }).tap();
    const code = await codeInMail(page);
    await page.getByRole('article').getByRole('link').tap();
    await field(page).fill(code);
    await page.getByRole('button', { name: 'Sign in' }).tap();
    await expectHeading(page, 'You are signed in');
  });
});

/** Gives the code, and leaves the page where it is to be typed. */
async function ask(page: Page, email = ADA): Promise<string> {
  await page.getByRole('navigation').getByRole('link', { name: 'Code' }).click();
  await page.getByLabel('Mail address').fill(email);
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await expectHeading(page, 'Enter the code');
  const code = await codeInMail(page);
  await openMail(page);
  await expectHeading(page, 'Enter the code');
  return code;
}

async function enter(page: Page, code: string): Promise<void> {
  await field(page).fill(code);
  await signIn(page);
}

const field = (page: Page) => page.getByLabel('Code', { exact: true });

const signIn = (page: Page) => page.getByRole('button', { name: 'Sign in' }).click();

function fullWidth(digits: string): string {
  return digits.replaceAll(/\d/g, (digit) =>
    digit === '0' ? 'O' : String.fromCodePoint(0xff10 + Number(digit)),
  );
}

import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Invites } from '../../sample/invite/invites.service.js';
import { clickTwice } from './support/click-twice.js';
import { describeInBrowser, expectHeading, PHONE } from './support/in-browser.js';
import { linkInMail, openMail } from './support/mail.js';
import { scan } from './support/scanner.js';

describeInBrowser('an invite in a browser', ({ open, sample }) => {
  it('an invite lets three people in, each with a browser of their own, and is full for the fourth', async () => {
    const link = await inviteBy(await open());
    const [grace, hedy, katherine, margaret] = [
      await open(),
      await open(),
      await open(),
      await open(),
    ];
    expect(await join(grace, link, 'Grace')).toEqual(['3 of 3 places left', ['Grace']]);
    expect(await join(hedy, link, 'Hedy')).toEqual(['2 of 3 places left', ['Grace', 'Hedy']]);
    await margaret.goto(link);
    expect(await join(katherine, link, 'Katherine')).toEqual([
      '1 of 3 places left',
      ['Grace', 'Hedy', 'Katherine'],
    ]);

    await katherine.getByText('every place is taken').waitFor();
    await takePlace(margaret, 'Margaret');
    await expectHeading(margaret, 'This invite is full');
    await grace.reload();
    expect(await members(grace)).toEqual(['Grace', 'Hedy', 'Katherine']);
  });

  it('a form without a name takes no place of an invite', async () => {
    const page = await open();
    await inviteBy(page);
    await openMail(page);
    await page.getByRole('button', { name: 'Take a place' }).click();
    expect(await page.getByRole('alert').innerText()).toBe('Enter a name.');
    expect(await placesLeft(page)).toBe('3 of 3 places left');
  });

  it('an invite keeps all its places when a scanner opens it first', async () => {
    const link = await inviteBy(await open());
    await scan(await open(), link);
    expect(await join(await open(), link, 'Grace')).toEqual(['3 of 3 places left', ['Grace']]);
  });

  it('a double click takes one place of an invite', async () => {
    const page = await open();
    const link = await inviteBy(page);
    await page.goto(link);
    await page.getByLabel('Your name').fill('Grace');
    const button = page.getByRole('button', { name: 'Take a place' });
    const endFirst = await clickTwice(button, sample().get(Invites), 'join');
    await expectHeading(page, 'Night Owls');
    await endFirst();
    await page.reload();
    expect(await members(page)).toEqual(['Grace']);
    expect(await join(page, link, 'Hedy')).toEqual(['2 of 3 places left', ['Grace', 'Hedy']]);
  });

  it('an invite is accepted by taps on a phone', async () => {
    const page = await open(PHONE);
    await page.getByRole('link', { name: 'Invite people' }).tap();
    await page.getByRole('button', { name: 'Send the invite' }).tap();
    await page.getByRole('article').getByRole('link').tap();
    await page.getByLabel('Your name').fill('Grace');
    await page.getByRole('button', { name: 'Take a place' }).tap();
    await expectHeading(page, 'Night Owls');
    expect(await members(page)).toEqual(['Grace']);
  });
});

/** Gives the link. */
async function inviteBy(page: Page): Promise<string> {
  await page.getByRole('link', { name: 'Invite people' }).click();
  await page.getByLabel('Name of the team').fill('Night Owls');
  await page.getByRole('button', { name: 'Send the invite' }).click();
  await expectHeading(page, 'Outbox');
  return linkInMail(page);
}

/** Gives the places that were left, and who is in then. */
async function join(page: Page, link: string, name: string): Promise<[string, string[]]> {
  await page.goto(link);
  const places = await placesLeft(page);
  await takePlace(page, name);
  await expectHeading(page, 'Night Owls');
  return [places, await members(page)];
}

async function takePlace(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Take a place' }).click();
}

const placesLeft = (page: Page) => page.getByText(/of 3 places left/).innerText();

const members = (page: Page) =>
  page.getByRole('region', { name: 'Joined by this invite' }).getByRole('listitem').allInnerTexts();

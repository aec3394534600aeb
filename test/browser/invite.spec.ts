import { afterEach, expect, it, jest } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { Invites } from '../../sample/invite/invites.service.js';
import { MINUTE, setClock } from '../support/clock.js';
import { clickTwice } from './support/click-twice.js';
import { describeInBrowser, expectHeading, PHONE } from './support/in-browser.js';
import { tabTo } from './support/keyboard.js';
import { linkInMail, openMail } from './support/mail.js';
import { readQrCode } from './support/qr-code.js';
import { scan } from './support/scanner.js';

const GRACE = 'grace@example.com';
const HEDY = 'hedy@example.com';
const KATHERINE = 'katherine@example.com';
const MARGARET = 'margaret@example.com';

describeInBrowser('an invite in a browser', ({ open, sample }) => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('an invite lets three people in, each with a browser of their own, and is full for the fourth', async () => {
    const link = await inviteBy(await open());
    const [grace, hedy, katherine, margaret] = [
      await open(),
      await open(),
      await open(),
      await open(),
    ];
    expect(await join(grace, link, GRACE)).toEqual(['3 of 3 places left', [GRACE]]);
    expect(await join(hedy, link, HEDY)).toEqual(['2 of 3 places left', [GRACE, HEDY]]);
    await margaret.goto(link);
    expect(await join(katherine, link, KATHERINE)).toEqual([
      '1 of 3 places left',
      [GRACE, HEDY, KATHERINE],
    ]);

    await katherine.getByText('Every place is taken').waitFor();
    await takePlace(margaret, MARGARET);
    await expectHeading(margaret, 'This invite is full');
    await grace.reload();
    expect(await members(grace)).toEqual([GRACE, HEDY, KATHERINE]);
  });

  it('a form without an address takes no place of an invite', async () => {
    const page = await open();
    await inviteBy(page);
    await openMail(page);
    await page.getByRole('button', { name: 'Take a place' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('Enter a mail address');
    expect(await placesLeft(page)).toBe('3 of 3 places left');
  });

  it('the same person is told that they are in already, however the address is written, and takes no second place', async () => {
    setClock(Date.now());
    const page = await open();
    const link = await inviteBy(page);
    await join(page, link, GRACE);
    setClock(Date.now() + MINUTE);
    await page.goto(link);
    await takePlace(page, ' Grace@Example.com');
    await expectHeading(page, 'You are in already');
    await page.getByRole('link', { name: 'See the team' }).click();
    expect([await placesLeft(page), await members(page)]).toEqual(['2 of 3 places left', [GRACE]]);
  });

  it('who is in already is told so also by the form of an invite that is full', async () => {
    setClock(Date.now());
    const late = await open();
    const link = await inviteBy(late);
    await late.goto(link);
    const page = await open();
    for (const person of [GRACE, HEDY, KATHERINE]) await join(page, link, person);
    setClock(Date.now() + MINUTE);
    await takePlace(late, HEDY);
    await expectHeading(late, 'You are in already');
  });

  it('an invite keeps all its places when a scanner opens it first', async () => {
    const link = await inviteBy(await open());
    await scan(await open(), link);
    expect(await join(await open(), link, GRACE)).toEqual(['3 of 3 places left', [GRACE]]);
  });

  it('a double click takes one place of an invite', async () => {
    const page = await open();
    const link = await inviteBy(page);
    await page.goto(link);
    await page.getByLabel('Your mail address').fill(GRACE);
    const button = page.getByRole('button', { name: 'Take a place' });
    const endFirst = await clickTwice(button, sample().get(Invites), 'join');
    await expectHeading(page, 'Night Owls');
    await page.getByText('You are in.').waitFor();
    await endFirst();
    await page.reload();
    expect(await members(page)).toEqual([GRACE]);
    expect(await join(page, link, HEDY)).toEqual(['2 of 3 places left', [GRACE, HEDY]]);
  });

  it('an invite is accepted by taps on a phone', async () => {
    const page = await open(PHONE);
    await page.getByRole('link', { name: 'Invite people' }).tap();
    await page.getByRole('button', { name: 'Make the invite' }).tap();
    await page.getByRole('status').getByRole('link', { name: 'outbox' }).tap();
    await page.getByRole('article').getByRole('link').tap();
    await page.getByLabel('Your mail address').fill(GRACE);
    await page.getByRole('button', { name: 'Take a place' }).tap();
    await expectHeading(page, 'Night Owls');
    expect(await members(page)).toEqual([GRACE]);
  });
});

describeInBrowser('the invites of a team in a browser', ({ open }) => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('a QR code says the link by which people join, on a phone and in dark mode too', async () => {
    for (const look of [{}, { ...PHONE, colorScheme: 'dark' }] as const) {
      const page = await open(look);
      await inviteByCode(page);
      const link = await readQrCode(page.getByRole('img', { name: 'QR code of the invite' }));
      const { origin, pathname, search } = new URL(link);
      expect(origin).toBe(new URL(page.url()).origin);
      expect([pathname, search]).toEqual([
        '/invite/join',
        expect.stringMatching(/^\?token=tid_\w{22}$/),
      ]);
      await page.getByText(link, { exact: true }).waitFor();
      await join(page, link, GRACE);
    }
  });

  it('the list says which invites are open, full and ended, and who joined by which', async () => {
    const page = await open();
    const full = await inviteBy(page, { label: 'Newsletter' });
    for (const person of [GRACE, HEDY, KATHERINE]) await join(page, full, person);
    await inviteBy(page, { label: 'A mistake' });
    await press(item(page, 'A mistake'), 'End this invite');
    await join(page, await inviteBy(page, { label: 'Friends' }), MARGARET);

    expect(await page.getByRole('article').getByRole('heading').allInnerTexts()).toEqual([
      'Friends',
      'A mistake',
      'Newsletter',
    ]);
    const [friends, mistake, newsletter] = ['Friends', 'A mistake', 'Newsletter'].map((label) =>
      item(page, label),
    ) as [Locator, Locator, Locator];
    await friends.getByText('Open. It ends in').waitFor();
    expect(await membersIn(friends)).toEqual([MARGARET]);
    await mistake.getByText('Ended.').waitFor();
    await mistake.getByText('Nobody has joined by it.').waitFor();
    await newsletter.getByText('Full.').waitFor();
    expect(await membersIn(newsletter)).toEqual([GRACE, HEDY, KATHERINE]);
    for (const over of [mistake, newsletter]) {
      expect(await over.getByRole('button', { name: 'End this invite' }).count()).toBe(0);
    }
  });

  it('the list says that an invite has expired', async () => {
    const page = await open();
    await inviteBy(page);
    setClock(Date.now() + 8 * 24 * 60 * MINUTE);
    await page.goto('/invite/team?name=Night+Owls');
    await item(page, 'Friends').getByText('Expired on').waitFor();
    expect(await page.getByRole('main').getByRole('button').count()).toBe(0);
  });

  it('a full invite by a QR code lets three more in once it is extended; one by mail cannot be', async () => {
    const page = await open();
    await inviteBy(page);
    expect(await item(page, 'Friends').getByRole('button', { name: 'Extend it' }).count()).toBe(0);
    const link = await inviteByCode(page);
    for (const person of [GRACE, HEDY, KATHERINE]) await join(page, link, person);
    const poster = item(page, 'Poster');
    await poster.getByText('Full.').waitFor();

    await press(poster, 'Extend it');
    await page.getByText('The invite has 3 more places').waitFor();
    expect(await placesLeft(poster)).toBe('3 of 6 places left');
    await join(page, link, MARGARET);
    expect(await placesLeft(poster)).toBe('2 of 6 places left');
    expect(await membersIn(poster)).toEqual([GRACE, HEDY, KATHERINE, MARGARET]);
  });

  it('an invite that has ended meanwhile is not extended, and the page says so', async () => {
    const page = await open();
    await inviteByCode(page);
    const late = await open();
    await late.goto('/invite/team?name=Night+Owls');
    await page.goto('/invite/team?name=Night+Owls');
    await press(item(page, 'Poster'), 'End this invite');
    await page.getByText('The invite is ended.').waitFor();
    await press(item(late, 'Poster'), 'Extend it');
    await late.getByText('That invite has ended, so it cannot be extended.').waitFor();
    expect(await item(late, 'Poster').innerText()).toContain('Ended. It lets nobody else in.');
  });

  it('an invite that is ended lets nobody else in, and another one goes on', async () => {
    const page = await open();
    const [first, second] = [
      await inviteBy(page, { label: 'First' }),
      await inviteBy(page, { label: 'Second' }),
    ];
    await join(page, first, GRACE);
    await press(item(page, 'First'), 'End this invite');
    await item(page, 'First').getByText('Ended.').waitFor();
    expect(await membersIn(item(page, 'First'))).toEqual([GRACE]);
    await page.goto(first);
    await expectHeading(page, 'This invite was ended');
    await join(page, second, HEDY);
    expect(await membersIn(item(page, 'Second'))).toEqual([HEDY]);
  });

  it('all invites of a team end at once, and those of another team go on', async () => {
    const page = await open();
    const owls = [await inviteBy(page), await inviteByCode(page)];
    const larks = await inviteBy(page, { team: 'Early Larks' });
    await page.getByRole('navigation').getByRole('link', { name: 'Invite' }).click();
    await page.getByRole('link', { name: 'Night Owls' }).click();
    await page.getByRole('button', { name: 'End all invites' }).click();
    await page.getByText('All invites are ended.').waitFor();
    expect(await page.getByText('Ended. It lets nobody else in.').count()).toBe(2);
    expect(await page.getByRole('main').getByRole('button').count()).toBe(0);
    for (const link of owls) {
      await page.goto(link);
      await expectHeading(page, 'This invite was ended');
    }
    await page.goto(larks);
    await expectHeading(page, 'Join Early Larks');
  });

  it('no page of a team has a link by which people join, and it says why', async () => {
    const page = await open();
    await inviteByCode(page);
    await page.getByRole('link', { name: 'See who joined' }).click();
    await expectHeading(page, 'Night Owls');
    await page.getByText('Because the application does not keep it.').waitFor();
    expect(await page.content()).not.toMatch(/tid_|TEMP-V3/);
  });

  it('an invite is made, joined, extended and ended without a mouse', async () => {
    const page = await open();
    const { keyboard } = page;
    const tabToButton = (name: string) => tabTo(page, page.getByRole('button', { name }));
    await tabTo(page, page.getByRole('link', { name: 'Invite people' }));
    await keyboard.press('Enter');
    await expectHeading(page, 'Invite people');
    await tabTo(page, page.getByLabel('What you call this invite'));
    await keyboard.type('Poster');
    await keyboard.press('Tab');
    await keyboard.press('ArrowDown');
    await tabToButton('Make the invite');
    await keyboard.press('Enter');
    await expectHeading(page, 'Scan to join Night Owls');
    await tabTo(page, page.getByRole('link', { name: 'Open it here' }));
    await keyboard.press('Enter');
    await expectHeading(page, 'Join Night Owls');
    await tabTo(page, page.getByLabel('Your mail address'));
    await keyboard.type(GRACE);
    await keyboard.press('Enter');
    await page.getByText('You are in.').waitFor();
    await tabToButton('Extend it');
    await keyboard.press('Space');
    await page.getByText('5 of 6 places left').waitFor();
    await tabToButton('End this invite');
    await keyboard.press('Space');
    await page.getByText('The invite is ended.').waitFor();
  });

  it('a screen reader says which invite a button is about', async () => {
    const page = await open();
    await inviteBy(page, { label: 'Newsletter' });
    await inviteBy(page, { label: 'Friends' });
    const buttons = page.getByRole('button', {
      name: 'End this invite',
      description: 'Newsletter',
    });
    expect(await buttons.count()).toBe(1);
  });
});

/** Gives the link of the mail, and shows the team. */
async function inviteBy(
  page: Page,
  { team = 'Night Owls', label = 'Friends' } = {},
): Promise<string> {
  await fillForm(page, team, label);
  await page.getByRole('button', { name: 'Make the invite' }).click();
  await page.getByText('The invite is sent.').waitFor();
  const link = await linkInMail(page);
  await page.goBack();
  await expectHeading(page, team);
  return link;
}

/** Gives the link of the code, and shows the code. */
async function inviteByCode(page: Page): Promise<string> {
  await fillForm(page, 'Night Owls', 'Poster');
  await page.getByLabel('As a QR code').check();
  await page.getByRole('button', { name: 'Make the invite' }).click();
  await expectHeading(page, 'Scan to join Night Owls');
  return page.getByText(/^http:.*tid_/).innerText();
}

async function fillForm(page: Page, team: string, label: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name: 'Invite' }).click();
  await page.getByLabel('Name of the team').fill(team);
  await page.getByLabel('What you call this invite').fill(label);
}

/** Gives the places that were left, and who is in then by the newest invite. */
async function join(page: Page, link: string, email: string): Promise<[string, string[]]> {
  await page.goto(link);
  const places = await placesLeft(page);
  await takePlace(page, email);
  await page.getByText('You are in.').waitFor();
  return [places, await members(page)];
}

async function takePlace(page: Page, email: string): Promise<void> {
  await page.getByLabel('Your mail address').fill(email);
  await page.getByRole('button', { name: 'Take a place' }).click();
}

const placesLeft = (within: Page | Locator) => within.getByText(/of \d places left/).innerText();

const members = (page: Page) => membersIn(page.getByRole('article').first());

const membersIn = (invite: Locator) =>
  invite.getByRole('listitem').filter({ hasText: '@' }).allInnerTexts();

/** An invite in the list of its team, with its buttons. */
const item = (page: Page, label: string) =>
  page
    .getByRole('main')
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { name: label, exact: true }) });

const press = (within: Locator, name: string) => within.getByRole('button', { name }).click();

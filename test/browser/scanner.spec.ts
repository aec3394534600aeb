import { expect, it } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { BrowserContext, Page } from 'playwright-core';
import { type TempID, TempIDService } from 'nestjs-tempid';
import { MagicLogin } from '../../sample/magic-login/magic-login.kind.js';
import { LOOKS } from '../../sample/scanner/looks.js';
import { Naive } from '../../sample/scanner/scanned.kinds.js';
import { ADA } from '../sample/visitor.js';
import { describeInBrowser, expectHeading, PHONE } from './support/in-browser.js';
import { tabTo } from './support/keyboard.js';
import { scan } from './support/scanner.js';

const LINKS = 100;
const TABS = 4;

/** HEAD, GET, and what browsers send ahead of a click. */
const ASKING = LOOKS.filter(({ follows }) => !follows);

describeInBrowser('a mail scanner and a link, in a browser', ({ open, sample }) => {
  it("the scanner's page shows that one link survives the scanner, and that one is burnt", async () => {
    const page = await open();
    await page.getByRole('link', { name: 'Scan a link' }).click();
    await expectHeading(page, 'What a mail scanner does to this link');
    await page.getByRole('button', { name: 'Make two links and scan them' }).click();
    await expectHeading(page, 'The scanner was here');
    expect(await page.getByText('of 1 uses left').allInnerTexts()).toEqual([
      '1 of 1 uses left',
      '0 of 1 uses left',
    ]);
    const looks = page.getByRole('region', { name: 'What it did' }).getByRole('listitem');
    expect(await looks.count()).toBe(LOOKS.length);
    expect(await looks.filter({ hasText: 'this look spent it' }).count()).toBe(1);

    const naive = await page.getByRole('link', { name: 'Open this one, too' }).getAttribute('href');
    await page.getByRole('link', { name: 'Open this link' }).click();
    await expectHeading(page, 'Is somebody there?');
    await page.getByRole('button', { name: 'Yes, go on' }).click();
    await expectHeading(page, 'You came through');
    expect(new URL(page.url()).search).toBe('');

    await page.goto(naive ?? '');
    await expectHeading(page, 'Somebody was here before you');
    await page.getByRole('link', { name: 'Scan another link' }).click();
    await expectHeading(page, 'What a mail scanner does to this link');
  });

  it("the scanner's page needs no mouse", async () => {
    const page = await open();
    await page.goto('/scanner');
    await tabTo(page, page.getByRole('button', { name: 'Make two links and scan them' }));
    await page.keyboard.press('Space');
    await expectHeading(page, 'The scanner was here');
    await tabTo(page, page.getByRole('link', { name: 'Open this link' }));
    await page.keyboard.press('Enter');
    await expectHeading(page, 'Is somebody there?');
    await tabTo(page, page.getByRole('button', { name: 'Yes, go on' }));
    await page.keyboard.press('Enter');
    await expectHeading(page, 'You came through');
  });

  it("the scanner's page works by taps on a phone", async () => {
    const page = await open(PHONE);
    await page.getByRole('link', { name: 'Scan a link' }).tap();
    await page.getByRole('button', { name: 'Make two links and scan them' }).tap();
    await page.getByRole('link', { name: 'Open this link' }).tap();
    await page.getByRole('button', { name: 'Yes, go on' }).tap();
    await expectHeading(page, 'You came through');
  });

  it(`a browser that runs scripts, HEAD, GET and prefetches use none of ${LINKS} links`, async () => {
    const { tokens, links, used } = await mintLinks(sample());
    const scanner = (await open({ javaScriptEnabled: true })).context();
    await inTabs(scanner, links, async (page, link) => {
      await page.goto(link, { waitUntil: 'load' });
      await expectHeading(page, 'One more step');
    });
    expect(await used()).toBe(0);

    const answers = new Set<string>();
    for (const { method, headers } of ASKING) {
      const asked = links.map((link) => scanner.request.fetch(link, { method, headers }));
      for (const answer of await Promise.all(asked)) answers.add(`${method} ${answer.status()}`);
    }
    expect([...answers].toSorted()).toEqual(['GET 200', 'GET 204', 'HEAD 204']);
    expect(await used()).toBe(0);

    const people = links.filter((_link, index) => index % (LINKS / 4) === 0);
    for (const link of people) {
      const page = await open();
      await page.goto(link);
      await page.getByRole('button', { name: 'Continue' }).click();
      await expectHeading(page, 'You are signed in');
    }
    expect([tokens.length, await used()]).toEqual([LINKS, people.length]);
  });

  it('a link that GET uses is seen to be used', async () => {
    const tempid = sample().get(TempIDService, { strict: false });
    const token = await tempid.mint(Naive, null);
    const link = tempid.link('/scanner/naive', token);
    await scan(await open(), link);
    expect(await tempid.usesInfo(token)).toMatchObject({ left: 0 });
    const person = await open();
    await person.goto(link);
    await expectHeading(person, 'Somebody was here before you');
  });
});

async function mintLinks(app: NestExpressApplication) {
  const tempid = app.get(TempIDService, { strict: false });
  const tokens: TempID[] = await Promise.all(
    Array.from({ length: LINKS }, () => tempid.mint(MagicLogin, null, { subject: ADA })),
  );
  const uses = () => Promise.all(tokens.map((token) => tempid.usesInfo(token)));
  return {
    tokens,
    links: tokens.map((token) => tempid.link('/magic-login/open', token)),
    /** Of all of them. */
    used: async () => (await uses()).reduce((sum, info) => sum + (info.used ?? Infinity), 0),
  };
}

/** Opens a few at a time, each tab the next one as soon as it is ready. */
async function inTabs(
  context: BrowserContext,
  links: readonly string[],
  visit: (page: Page, link: string) => Promise<void>,
): Promise<void> {
  const queue = links.values();
  await Promise.all(
    Array.from({ length: TABS }, async () => {
      const page = await context.newPage();
      for (const link of queue) await visit(page, link);
    }),
  );
}

import { Body, Controller, Get, Post, Query, Redirect, Req, Res } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import {
  BrowserKey,
  CurrentTempID,
  EnsureBrowserKey,
  type TempID,
  TempIDLink,
  TempIDService,
} from '../../src/index.js';
import { clickTwice } from './support/click-twice.js';
import { describeOnSites, type Place, type Sites } from './support/sites.js';

const VISITOR = 'ada@example.com';
const ATTACKER = 'attacker@evil.example';
const STRICT = { purpose: 'login', boundTo: 'browser', otherBrowsers: 'refuse' } as const;
const FORM =
  '<form method="post" action="/ask"><input name="email"><button>Mail me</button></form>';

/** By the address. */
const mails = new Map<string, string[]>();
let runs = 0;
let release = () => {};
let held = Promise.resolve();

@Controller()
class LoginController {
  constructor(private readonly tempid: TempIDService) {}

  @Get('form')
  form(): string {
    return FORM;
  }

  @Get('keyed-form')
  @EnsureBrowserKey()
  keyedForm(): string {
    return FORM;
  }

  @Post('ask')
  async ask(@BrowserKey() key: string, @Body('email') email: string): Promise<string> {
    await this.mail(key, email);
    await held;
    return 'Look into your mail.';
  }

  @Get('ask')
  async askByGet(@BrowserKey() key: string, @Query('email') email: string): Promise<string> {
    await this.mail(key, email);
    return 'Look into your mail.';
  }

  @TempIDLink('login', STRICT)
  @Redirect('/home', 303)
  login(
    @CurrentTempID() { subject }: TempID,
    @Res({ passthrough: true }) response: { cookie(name: string, value: string): unknown },
  ): void {
    runs += 1;
    response.cookie('session', subject ?? '');
  }

  @Get('home')
  home(@Req() { headers }: { headers: { cookie?: string } }): string {
    const [, name = 'nobody'] = /session=([^;]*)/.exec(headers.cookie ?? '') ?? [];
    return `home of ${decodeURIComponent(name)}`;
  }

  private async mail(boundTo: string, email: string): Promise<void> {
    const token = await this.tempid.mint({ purpose: 'login', maxUses: 1, subject: email, boundTo });
    mails.set(email, [...(mails.get(email) ?? []), this.tempid.link('/login', token)]);
    hold.mailed();
  }
}

/** Holds the answers to those who ask until so many have asked. */
const hold = {
  left: 0,
  until(count: number): void {
    hold.left = count;
    held = new Promise((resolve) => (release = resolve));
  },
  mailed(): void {
    hold.left -= 1;
    if (hold.left <= 0) release();
  },
};

const linksOf = (email: string) => mails.get(email) ?? [];

const textOf = (page: Page) => page.locator('body').innerText();

async function fill(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('input').fill(VISITOR);
}

describeOnSites('a link that only the browser opens that asked', [LoginController], (sites) => {
  let visitor: BrowserContext;

  beforeEach(async () => {
    visitor = await sites().newBrowser();
    mails.clear();
    runs = 0;
    hold.until(1);
    sites().answers.length = 0;
  });

  afterEach(() => visitor.close());

  const whoseHome = async (link?: string): Promise<string> => {
    const page = await visitor.newPage();
    if (link) await page.goto(sites().url(link));
    await page.goto(sites().url('/home'));
    return textOf(page);
  };

  it('a bound link lets the person in who asked on the own page, and is refused elsewhere', async () => {
    const page = await visitor.newPage();
    await fill(page, sites().url('/form'));
    await page.getByRole('button').click();
    await page.getByText('Look into your mail.').waitFor();
    const [link = ''] = linksOf(VISITOR);
    const other = await sites().newBrowser();
    expect((await (await other.newPage()).goto(sites().url(link)))?.status()).toBe(401);
    expect(await whoseHome(link)).toBe(`home of ${VISITOR}`);
    await other.close();
  });

  describe.each<Place>(['another site', 'another host of the site'])('to a page of %s', (place) => {
    const form = (method: string, target = '') =>
      `<form method="${method}" action="${sites().url('/ask')}" ${target}>
        <input name="email" value="${ATTACKER}"><button>Play</button></form>`;

    it.each(['post', 'get'])(
      'a foreign page that asks by %s gets no browser key',
      async (method) => {
        const page = await visitor.newPage();
        await page.goto(sites().serve(place, form(method)));
        await page.getByRole('button').click();
        const [answer] = await sites().answered(({ url }) => url.startsWith('/ask'));
        expect(answer?.status).toBe(403);
        expect([await visitor.cookies(sites().url('/')), linksOf(ATTACKER)]).toEqual([[], []]);
        expect(await whoseHome()).toBe('home of nobody');
      },
    );

    it('a foreign page that asks in a frame gets no browser key', async () => {
      const page = await visitor.newPage();
      const html = form('post', 'target="frame"') + '<iframe name="frame"></iframe>';
      await page.goto(sites().serve(place, html));
      await page.getByRole('button').click();
      const [answer] = await sites().answered(({ url }) => url.startsWith('/ask'));
      expect(answer?.status).toBe(403);
      expect([await visitor.cookies(sites().url('/')), linksOf(ATTACKER)]).toEqual([[], []]);
    });
  });

  it('a prefetch gets no browser key, of which Chromium may not say that another host has begun it', async () => {
    const page = await visitor.newPage();
    await page.goto(sites().url('/home'));
    const url = sites().url(`/ask?email=${ATTACKER}`);
    const rules = JSON.stringify({
      prefetch: [{ source: 'list', urls: [url], eagerness: 'immediate' }],
    });
    const html = `<script type="speculationrules">${rules}</script>`;
    await page.goto(sites().serve('another host of the site', html));
    const [answer] = await sites().answered((each) => each.url.startsWith('/ask'));
    expect(answer?.headers['sec-purpose']).toContain('prefetch');
    // 403 by a Chromium that does say it.
    expect([204, 403]).toContain(answer?.status);
    expect([await visitor.cookies(sites().url('/')), linksOf(ATTACKER)]).toEqual([[], []]);
  });

  it('a link stays closed to the key of another, which another host of the site puts before a cookie of ours', async () => {
    const attacker = await sites().newBrowser();
    const attackerPage = await attacker.newPage();
    await fill(attackerPage, sites().url('/form'));
    await attackerPage.locator('input').fill(ATTACKER);
    await attackerPage.getByRole('button').click();
    await attackerPage.getByText('Look into your mail.').waitFor();
    const [key] = await attacker.cookies(sites().url('/'));
    const [link = ''] = linksOf(ATTACKER);
    expect(key?.name).toMatch(/^__Host-tempid-browser-/);
    await attacker.close();

    const page = await visitor.newPage();
    const tossed = `\u00a0${key?.name}=${key?.value}; Domain=site.localhost; Path=/; Secure`;
    const headers = { 'set-cookie': tossed, location: sites().url(link) };
    await page.goto(sites().serve('another host of the site', '', { status: 302, headers }));
    const [answer] = await sites().answered(({ url }) => url.startsWith('/login'));
    expect(answer?.headers.cookie).toContain('\u00a0__Host-tempid-browser-');
    expect(answer?.status).toBe(401);
    expect(await whoseHome()).toBe('home of nobody');
  });

  it('a link opens for each of two tabs of a new browser that ask at once', async () => {
    hold.until(2);
    const tabs = [await visitor.newPage(), await visitor.newPage()];
    for (const tab of tabs) await fill(tab, sites().url('/form'));
    await Promise.all(tabs.map((tab) => tab.getByRole('button').click()));
    for (const tab of tabs) await tab.getByText('Look into your mail.').waitFor();
    expect(linksOf(VISITOR)).toHaveLength(2);
    for (const link of linksOf(VISITOR)) {
      await visitor.clearCookies({ name: 'session' });
      expect(await whoseHome(link)).toBe(`home of ${VISITOR}`);
    }
  });

  it('a link opens for each request of a double click, where the page of the form has given the key', async () => {
    const page = await visitor.newPage();
    await fill(page, sites().url('/keyed-form'));
    const endFirst = await clickTwice(page.getByRole('button'), sites().tempid, 'mint');
    await page.getByText('Look into your mail.').waitFor();
    await endFirst();
    expect(linksOf(VISITOR)).toHaveLength(2);
    for (const link of linksOf(VISITOR)) {
      await visitor.clearCookies({ name: 'session' });
      expect(await whoseHome(link)).toBe(`home of ${VISITOR}`);
    }
  });
});

const speculation = (kind: string) => (url: string) =>
  `<script type="speculationrules">${JSON.stringify({
    [kind]: [{ source: 'list', urls: [url], eagerness: 'immediate' }],
  })}</script>`;

/** What loads an address without opening it in a tab. */
const LOADS: Record<string, (url: string) => string> = {
  'a frame': (url) => `<iframe src="${url}"></iframe>`,
  'an image': (url) => `<img src="${url}">`,
  'an object': (url) => `<object data="${url}"></object>`,
  'an embedded object': (url) => `<embed src="${url}">`,
  'a script': (url) => `<script src="${url}"></script>`,
  'a stylesheet': (url) => `<link rel="stylesheet" href="${url}">`,
  'a video': (url) => `<video src="${url}"></video>`,
  'a prefetch': (url) => `<link rel="prefetch" href="${url}">`,
  'a preload': (url) => `<link rel="preload" as="fetch" href="${url}">`,
  'a fetch': (url) =>
    `<script>fetch("${url}", { mode: 'no-cors', credentials: 'include' })</script>`,
  'a prefetch by speculation rules': speculation('prefetch'),
  'a prerender by speculation rules': speculation('prerender'),
};

/** Chromium does not obey them where another site has cookies. */
const isBySpeculationRules = (load: string) => load.endsWith('speculation rules');

const PLACES: readonly Place[] = ['another site', 'another host of the site', 'the own origin'];

const LOADED = PLACES.flatMap((place) =>
  Object.keys(LOADS)
    .filter((load) => place !== 'another site' || !isBySpeculationRules(load))
    .map((load): [string, Place] => [load, place]),
);

/** What opens an address in a tab. */
const OPENS: Record<string, (url: string) => string> = {
  'a link': (url) =>
    `<a href="${url}">Open</a><script>document.querySelector('a').click()</script>`,
  'a refresh': (url) => `<meta http-equiv="refresh" content="0;url=${url}">`,
};

const OPENED = PLACES.flatMap((place) =>
  Object.keys(OPENS).map((open): [string, Place] => [open, place]),
);

describeOnSites('of a link that is bound to this browser a use', [LoginController], (sites) => {
  let visitor: BrowserContext;
  let page: Page;
  let key: string;

  beforeAll(async () => {
    visitor = await sites().newBrowser();
    page = await visitor.newPage();
    await page.goto(sites().url('/keyed-form'));
    const [cookie] = await visitor.cookies(sites().url('/'));
    key = `tempid-browser:${cookie?.value}`;
  });

  afterAll(() => visitor.close());

  beforeEach(() => {
    runs = 0;
    sites().answers.length = 0;
  });

  const mint = async (of: Sites) => {
    const token = await of.tempid.mint({ purpose: 'login', maxUses: 1, boundTo: key });
    return { token, url: of.url(of.tempid.link('/login', token)) };
  };

  it.each(LOADED)(
    'a link is not used by %s of a page of %s, and is by the visit after it',
    async (load, place) => {
      const { token, url } = await mint(sites());
      await page.goto(sites().serve(place, LOADS[load]?.(url) ?? ''));
      const [answer] = await sites().answered((each) => each.url.startsWith('/login'));
      expect([200, 204, 401]).toContain(answer?.status);
      expect([runs, (await sites().tempid.usesInfo(token)).used]).toEqual([0, 0]);
      await page.goto(url);
      expect(new URL(page.url()).pathname).toBe('/home');
      expect([runs, (await sites().tempid.usesInfo(token)).used]).toEqual([1, 1]);
    },
  );

  it.each(OPENED)('a link is used by %s on a page of %s', async (open, place) => {
    const { token, url } = await mint(sites());
    await page.goto(sites().serve(place, OPENS[open]?.(url) ?? ''), { waitUntil: 'commit' });
    await page.waitForURL(sites().url('/home'));
    expect([runs, (await sites().tempid.usesInfo(token)).used]).toEqual([1, 1]);
  });
});

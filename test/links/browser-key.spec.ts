import { Controller, Get, Post, Redirect } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  BrowserKey,
  EnsureBrowserKey,
  TempIDConfigurationError,
  TempIDLink,
} from '../../src/index.js';
import { askBrowserKey, browserKeysOf, ensureBrowserKey } from '../../src/links/browser-key.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { send, sendRaw } from '../support/request.js';
import { Browser, heading } from './browser.js';

let runs = 0;

@Controller()
class AskController {
  @Post('ask')
  post(@BrowserKey() key: string): string {
    runs += 1;
    return key;
  }

  @Get('ask')
  get(@BrowserKey() key: string): string {
    runs += 1;
    return key;
  }

  @Get('form')
  @EnsureBrowserKey()
  form(): string {
    return 'a form';
  }

  @TempIDLink('soft', { purpose: 'login', boundTo: 'browser' })
  @Redirect('/home', 303)
  soft(): void {
    runs += 1;
  }

  @TempIDLink('strict', { purpose: 'login', boundTo: 'browser', otherBrowsers: 'refuse' })
  @Redirect('/home', 303)
  strict(): void {
    runs += 1;
  }

  @TempIDLink('graceful', { purpose: 'login', grace: '10s' })
  @Redirect('/home', 303)
  graceful(): void {
    runs += 1;
  }
}

describe('the key of a browser', () => {
  it.each(['ws', 'rpc', 'graphql'])(
    'a browser key is asked for in vain outside of HTTP: %s',
    (type) => {
      const context = new ExecutionContextHost([undefined, {}]);
      context.setType(type);
      for (const ask of [browserKeysOf, ensureBrowserKey, askBrowserKey]) {
        expect(() => ask(context)).toThrow(TempIDConfigurationError);
      }
    },
  );
});

describe.each(PLATFORMS)('the key of a browser on %s', (platform) => {
  let running: RunningApp;
  const ask = (method: string, headers: Record<string, string>) =>
    send(`${running.url}/ask`, { method, headers: { host: 'app.test', ...headers } });
  const linkOf = async (boundTo: string, maxUses = 1) => {
    const token = await running.tempid.mint({ purpose: 'login', maxUses, boundTo });
    return running.tempid.link('/strict', token);
  };
  const namesOf = (cookies: readonly string[]) => cookies.map((cookie) => cookie.split('=')[0]);

  beforeAll(async () => {
    running = await startApp(platform, [AskController]);
  });

  beforeEach(() => {
    runs = 0;
  });

  afterAll(() => running.app.close());

  const https = { 'x-forwarded-proto': 'https' };
  const FOREIGN: [string, Record<string, string>][] = [
    ['of another site', { 'sec-fetch-site': 'cross-site' }],
    ['of another host of the site', { 'sec-fetch-site': 'same-site' }],
    ['of an unknown kind', { 'sec-fetch-site': '' }],
    ['of two kinds', { 'sec-fetch-site': 'same-origin, cross-site' }],
    [
      'of another site, whatever Origin says',
      { 'sec-fetch-site': 'cross-site', origin: 'http://app.test' },
    ],
    ['with another Origin', { origin: 'http://evil.test' }],
    ['with the Origin of a longer name', { origin: 'http://app.test.evil.test' }],
    ['with the Origin of another port', { origin: 'http://app.test:8080' }],
    ['with the Origin of an extension', { origin: 'chrome-extension://app.test' }],
    ['with an Origin that is null', { origin: 'null' }],
    ['with an Origin that is empty', { origin: '' }],
    ['with the Origin of a page without TLS', { ...https, origin: 'http://app.test' }],
  ];

  describe.each(['GET', 'POST'])('by %s', (method) => {
    it.each(FOREIGN)(
      'a request %s gets no browser key, and its own is not renewed',
      async (_name, headers) => {
        const prefix = 'x-forwarded-proto' in headers ? '__Host-' : '';
        const cookie = `${prefix}tempid-browser-a=${'k'.repeat(22)}`;
        for (const own of [{}, { cookie }]) {
          const answer = await ask(method, { ...headers, ...own });
          expect(answer.status).toBe(403);
          expect(JSON.parse(answer.text)).toEqual({
            statusCode: 403,
            error: 'Forbidden',
            code: 'TEMPID_CROSS_ORIGIN',
            message:
              'The request comes from a page of another origin. @BrowserKey() belongs on the route to which a form of your own page posts.',
          });
          expect(answer.headers.getSetCookie()).toEqual([]);
        }
        expect(runs).toBe(0);
      },
    );

    it.each<[string, Record<string, string>]>([
      ['of an own page', { 'sec-fetch-site': 'same-origin' }],
      [
        'of an own page that sends no referrer',
        { 'sec-fetch-site': 'same-origin', origin: 'null' },
      ],
      ['of its user', { 'sec-fetch-site': 'none' }],
      ['of a program', {}],
      ['with the own Origin', { origin: 'http://app.test' }],
      ['with the own Origin in TLS that ends before', { ...https, origin: 'https://app.test' }],
      [
        'with the port that its scheme leaves out',
        { host: 'app.test:80', origin: 'http://app.test' },
      ],
      ['with a port of its own', { host: 'app.test:3000', origin: 'http://app.test:3000' }],
      ['with the host in capitals', { host: 'APP.test', origin: 'http://app.test' }],
      [
        'with the host that a proxy names',
        { 'x-forwarded-host': 'app.example', origin: 'https://app.example' },
      ],
      [
        'with the host that the first of two proxies names',
        { 'x-forwarded-host': 'app.example:443, inner.test', origin: 'https://app.example' },
      ],
    ])('a request %s gets a browser key', async (_name, headers) => {
      const answer = await ask(method, headers);
      expect(answer.text).toMatch(/^tempid-browser:[\w-]{22}$/);
      expect(answer.headers.getSetCookie()).toHaveLength(1);
      expect(runs).toBe(1);
    });
  });

  it.each([
    ['HEAD', {}],
    ['GET', { 'sec-purpose': 'prefetch', 'sec-fetch-site': 'none' }],
  ])('a prefetch gets no browser key (%s)', async (method, headers) => {
    const answer = await ask(method, headers);
    expect([answer.status, answer.text, runs]).toEqual([204, '', 0]);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it("the page of a form gives a browser key, wherever it is opened from, which is that of the form's request", async () => {
    const browser = new Browser(running);
    const page = await browser.open('/form', { 'sec-fetch-site': 'cross-site' });
    expect([page.status, page.text]).toEqual([200, 'a form']);
    const [[name, value] = []] = browser.cookies;
    const asks = await Promise.all([browser.open('/ask'), browser.open('/ask')]);
    expect(asks.map(({ text }) => text)).toEqual(Array(2).fill(`tempid-browser:${value}`));
    expect([...browser.cookies]).toEqual([[name, value]]);
  });

  it('an answer with a browser key is cached by nobody', async () => {
    const browser = new Browser(running);
    for (const path of ['/form', '/ask']) {
      expect((await browser.open(path)).headers.get('cache-control')).toBe('no-store');
    }
  });

  it.each([
    { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
    { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'object' },
    { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
    { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'document' },
    { 'sec-fetch-mode': 'cors' },
    { 'sec-fetch-dest': 'iframe' },
    { 'sec-fetch-dest': '' },
  ])('a browser key opens the page of a link and not the link for %j', async (headers) => {
    for (const route of ['soft', 'strict']) {
      const browser = new Browser(running);
      const boundTo = (await browser.open('/ask')).text;
      const token = await running.tempid.mint({ purpose: 'login', maxUses: 1, boundTo });
      const path = running.tempid.link(`/${route}`, token);
      const page = await browser.open(path, headers);
      expect([page.status, heading(page)]).toEqual([200, 'One more step']);
      expect((await running.tempid.usesInfo(token)).used).toBe(0);
      expect((await browser.press(path, page)).status).toBe(303);
    }
  });

  it.each([{ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, {}])(
    'a browser key opens a link for %j',
    async (headers) => {
      const browser = new Browser(running);
      const path = await linkOf((await browser.open('/ask')).text);
      expect((await browser.open(path, headers)).status).toBe(303);
    },
  );

  it('the page of a link that is opened from the mail of another site gives no browser key', async () => {
    const browser = new Browser(running);
    const token = await running.tempid.mint({ purpose: 'login', maxUses: 1 });
    const path = running.tempid.link('/graceful', token);
    const page = await browser.open(path, { 'sec-fetch-site': 'cross-site' });
    expect([page.status, heading(page)]).toEqual([200, 'One more step']);
    expect(browser.cookies.size).toBe(0);
  });

  it('two browser keys that are given at once stay side by side, and both links open', async () => {
    const browser = new Browser(running);
    const asks = await Promise.all([browser.open('/ask'), browser.open('/ask')]);
    const [first = '', second = ''] = asks.map(({ text }) => text);
    expect(first).not.toBe(second);
    expect(browser.cookies.size).toBe(2);
    for (const key of [first, second]) {
      expect((await browser.open(await linkOf(key))).status).toBe(303);
      expect((await new Browser(running).open(await linkOf(key))).status).toBe(401);
    }
    expect(runs).toBe(4);
  });

  it('of several browser keys the oldest is used, and it alone is renewed', async () => {
    const browser = new Browser(running);
    await Promise.all([browser.open('/ask'), browser.open('/ask'), browser.open('/ask')]);
    const [[name, value] = []] = browser.cookies;
    const later = await browser.open('/ask');
    expect(later.text).toBe(`tempid-browser:${value}`);
    expect(namesOf(later.headers.getSetCookie())).toEqual([name]);
  });

  it('a browser has at most eight keys, and the next request deletes the others', async () => {
    const browser = new Browser(running);
    const keys = Array.from({ length: 20 }, (_, index) => `${'k'.repeat(20)}${10 + index}`);
    for (const [index, key] of keys.entries()) browser.cookies.set(`tempid-browser-${index}`, key);
    const statuses: number[] = [];
    for (const key of keys) {
      statuses.push((await browser.open(await linkOf(`tempid-browser:${key}`))).status);
    }
    expect(statuses).toEqual([...Array(8).fill(303), ...Array(12).fill(401)]);
    const asked = await browser.open('/ask');
    expect(asked.text).toBe(`tempid-browser:${keys[0]}`);
    const [renewed, ...deleted] = asked.headers.getSetCookie();
    expect(renewed).toMatch(/^tempid-browser-0=.*; Max-Age=86400$/);
    expect(deleted).toEqual(
      [8, 9, 10, 11, 12, 13, 14, 15].map(
        (index) => `tempid-browser-${index}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`,
      ),
    );
  });

  it('a double click is let through, also where the browser gets another key in between', async () => {
    const browser = new Browser(running);
    const token = await running.tempid.mint({ purpose: 'login', maxUses: 1 });
    const path = running.tempid.link('/graceful', token);
    const page = await browser.open(path);
    const first = await browser.press(path, page);
    browser.cookies.set('tempid-browser-a', 'a'.repeat(22));
    const second = await browser.press(path, page);
    expect([first.status, second.status, runs]).toEqual([303, 303, 2]);
    expect((await running.tempid.usesInfo(token)).used).toBe(1);
  });

  it('a cookie is a browser key only by its exact name, with __Host- where there is TLS', async () => {
    const value = 'k'.repeat(22);
    const askWith = (cookie: string, ...more: string[]) =>
      sendRaw(`${running.url}/ask`, [`Cookie: ${cookie}`, ...more]);
    const own = `tempid-browser:${value}`;
    const tls = 'X-Forwarded-Proto: https';
    expect(await askWith(` \t__Host-tempid-browser-a \t= \t${value}\t ; b=c`, tls)).toContain(own);
    for (const byte of ['\u00a0', '\u0085', '\u000b', '\u000c', '\u00ad', '\u00ff']) {
      expect(await askWith(`${byte}__Host-tempid-browser-a=${value}`, tls)).not.toContain(own);
      expect(await askWith(`__Host-tempid-browser-a=${byte}${value}`, tls)).not.toContain(own);
      expect(await askWith(`__Host-tempid-browser-a=${value}${byte}`, tls)).not.toContain(own);
      expect(await askWith(`${byte}tempid-browser-a=${value}`)).not.toContain(own);
    }
    expect(await askWith(`tempid-browser-a=${value}`, tls)).not.toContain(own);
    expect(await askWith(`__Host-tempid-browser-a=${value}`)).not.toContain(own);
  });
});

import { Controller, Get, Redirect, Res } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  BrowserKey,
  CurrentTempID,
  type MintOptions,
  type TempID,
  TempIDLink,
  TokenPayload,
} from '../../src/index.js';
import { concurrently } from '../../src/testing/support.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { Browser, heading } from './browser.js';

let runs: string[] = [];

@Controller('auth')
class LinkController {
  @TempIDLink('login', { purpose: 'login' })
  @Redirect('/home', 303)
  login(@CurrentTempID() token: TempID): void {
    runs.push(token.value);
  }

  @TempIDLink('graceful', { purpose: 'login', grace: '10s' })
  @Redirect('/home', 303)
  async graceful(
    @CurrentTempID() token: TempID,
    @Res({ passthrough: true }) response: { header(name: string, value: string): unknown },
  ): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 100));
    runs.push(token.value);
    response.header('Set-Cookie', 'session=ada; HttpOnly');
  }

  @Get('ask')
  ask(@BrowserKey() key: string, @BrowserKey() again: string): string[] {
    return [key, again];
  }

  @TempIDLink('asked', { purpose: 'login', boundTo: 'browser' })
  asked(@TokenPayload('userId') userId: number): string {
    runs.push(String(userId));
    return `user ${userId}`;
  }

  @TempIDLink('strict', { purpose: 'login', boundTo: 'browser', otherBrowsers: 'refuse' })
  strict(): string {
    return 'in';
  }
}

describe.each(PLATFORMS)('a link on %s', (platform) => {
  let running: RunningApp;
  const mint = async (options: Partial<MintOptions<object>> = {}) =>
    running.tempid.mint({
      purpose: 'login',
      maxUses: 1,
      payload: { userId: 42 },
      ...options,
    } as never);

  beforeAll(async () => {
    running = await startApp(platform, [LinkController], {
      linkPage: { appName: 'Ada & Co', askAgain: '/ask' },
    });
  });

  afterAll(() => running.app.close());

  it('opening a link uses nothing, and one click uses it', async () => {
    const token = (await mint()) as TempID;
    const path = running.tempid.link('/auth/login', token);
    const browser = new Browser(running);
    const page = await browser.open(path);
    expect([page.status, heading(page)]).toEqual([200, 'One more step']);
    expect(page.text).toContain('Ada &amp; Co');
    expect((await running.tempid.usesInfo(token)).used).toBe(0);
    const pressed = await browser.press(path, page);
    expect([pressed.status, pressed.location]).toEqual([303, '/home']);
    expect((await running.tempid.usesInfo(token)).used).toBe(1);
    const again = await browser.press(path, page);
    expect([again.status, heading(again)]).toEqual([401, 'This link was used already']);
    expect(heading(await browser.open(path))).toBe('This link was used already');
  });

  it('HEAD and prefetches of a link get an empty answer', async () => {
    const token = (await mint()) as TempID;
    const path = running.tempid.link('/auth/login', token);
    const browser = new Browser(running);
    const looks = [
      await browser.head(path),
      await browser.open(path, { 'sec-purpose': 'prefetch;prerender' }),
      await browser.open(path, { purpose: 'prefetch' }),
      await browser.open(path, { 'x-moz': 'prefetch' }),
    ];
    for (const look of looks) expect(look).toMatchObject({ status: 204, text: '' });
    expect((await running.tempid.usesInfo(token)).used).toBe(0);
  });

  it('each click of a double click is let through, by one use', async () => {
    runs = [];
    const token = (await mint({ maxUses: 5 })) as TempID;
    const path = running.tempid.link('/auth/graceful', token);
    const browser = new Browser(running);
    const page = await browser.open(path);
    const answers = await concurrently(5, () => browser.press(path, page));
    for (const { status, location, headers } of answers) {
      expect([status, location]).toEqual([303, '/home']);
      expect(headers.getSetCookie()).toEqual(['session=ada; HttpOnly']);
    }
    expect(runs).toHaveLength(5);
    expect((await running.tempid.usesInfo(token)).used).toBe(1);
  });

  it('the browser that asked is let through, and others get the page', async () => {
    runs = [];
    const asker = new Browser(running);
    const [key, again] = JSON.parse((await asker.open('/auth/ask')).text) as string[];
    expect(key).toBe(again);
    const cookies = new Map(asker.cookies);
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const later = await running.send('/auth/ask', { headers: { cookie } });
    // The same key, once, for another day: the next link lives as long as the first one did.
    expect(later.body).toEqual([key, key]);
    expect(later.headers.getSetCookie()).toEqual([
      `${cookie}; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400`,
    ]);
    const token = (await mint({ boundTo: key as string, maxUses: 2 })) as TempID;
    const path = running.tempid.link('/auth/asked', token);
    const other = new Browser(running);
    const page = await other.open(path);
    expect(heading(page)).toBe('One more step');
    expect((await asker.open(path)).text).toBe('user 42');
    expect((await other.press(path, page)).text).toBe('user 42');
    expect(runs).toEqual(['42', '42']);
    const strict = running.tempid.link('/auth/strict', token);
    const refused = await other.open(strict);
    expect([refused.status, heading(refused)]).toEqual([401, 'This link does not work here']);
  });
});

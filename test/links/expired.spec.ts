import { Body, Controller, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  defineTempID,
  type LinkPage,
  type MintOptions,
  TempIDLink,
  TempIDScopeError,
  TempIDService,
} from '../../src/index.js';
import { MINUTE, setClock } from '../support/clock.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { Browser, heading } from './browser.js';

const pages: LinkPage[] = [];

const noted = {
  template: (page: LinkPage) => {
    pages.push(page);
    const { expiredToken, title } = page;
    const again =
      expiredToken &&
      `<form method="post" action="/expired/again"><input type="hidden" name="token" value="${expiredToken}"></form>`;
    return `<h1>${title}</h1>${again ?? ''}`;
  },
};

const Login = defineTempID<{ team: number }>({ purpose: 'login', expiresIn: '15m' });

@Controller('expired')
class ExpiredController {
  constructor(private readonly tempid: TempIDService) {}

  @TempIDLink('login', Login, { page: noted })
  login(): string {
    return 'ran';
  }

  @TempIDLink('mine', { purpose: 'login', subject: () => 'ada@example.com', page: noted })
  mine(): string {
    return 'ran';
  }

  @TempIDLink('asker', {
    purpose: 'login',
    boundTo: 'browser',
    otherBrowsers: 'refuse',
    page: noted,
  })
  asker(): string {
    return 'ran';
  }

  @TempIDLink('anyone', { purpose: 'login', boundTo: 'browser', page: noted })
  anyone(): string {
    return 'ran';
  }

  /** As docs/links.md has it. */
  @Post('again')
  async again(@Body('token') text: string): Promise<string> {
    const token = await this.tempid.parse(text);
    if (token.purpose !== 'login' || !token.isExpired()) throw new TempIDScopeError('other');
    return `to ${token.subject}`;
  }
}

describe.each(PLATFORMS)('the page of an expired link on %s', (platform) => {
  let running: RunningApp;
  const key = 'B'.repeat(22);
  const ADA = { purpose: 'login', subject: 'ada@example.com', payload: { team: 7 } } as const;

  beforeAll(async () => {
    running = await startApp(platform, [ExpiredController], {
      issuer: 'app',
      audience: 'web',
    });
  });

  afterAll(() => running.app.close());

  async function mintEarlier(options: MintOptions<object>, service = running.tempid) {
    setClock(Date.now() - 60 * MINUTE);
    const token = await service.mint({ ...ADA, ...options });
    jest.restoreAllMocks();
    return token;
  }

  /** What the template was told. */
  async function pageOf(path: string, value: string, asker = false): Promise<LinkPage | undefined> {
    const browser = new Browser(running);
    if (asker) browser.cookies.set('tempid-browser-of-asker', key);
    pages.length = 0;
    await browser.open(`/expired/${path}?token=${value}`);
    return pages.at(-1);
  }

  it('the template of an expired link gets the expired token', async () => {
    const token = await mintEarlier({});
    const page = await pageOf('login', token.value);
    expect(page).toMatchObject({ kind: 'refused', code: 'TEMPID_EXPIRED', token: null });
    expect(page?.expiredToken).toMatchObject({ subject: ADA.subject, payload: { team: 7 } });
    expect(page?.expiredToken?.isValid()).toBe(false);

    const browser = new Browser(running);
    const path = `/expired/login?token=${token.value}`;
    const opened = await browser.open(path);
    expect(heading(opened)).toBe('This link has expired');
    expect((await browser.press(path, opened)).text).toBe('to ada@example.com');
  });

  it('the template gets the token that expired between page and click', async () => {
    const browser = new Browser(running);
    const token = await running.tempid.mint({ ...ADA, expiresIn: '1m' });
    const path = `/expired/login?token=${token.value}&a=1`;
    const form = {
      text: `<form method="post" action="./login"><input name="token" value="${token}">`,
    };
    setClock(Date.now() + 2 * MINUTE);
    pages.length = 0;
    await browser.press(path, { ...form, status: 200, headers: new Headers(), location: null });
    jest.restoreAllMocks();
    expect(pages.at(-1)?.expiredToken?.subject).toBe('ada@example.com');
  });

  it('the template gets no expired token that is meant for something else', async () => {
    const others: readonly MintOptions<object>[] = [{ purpose: 'invite' }, { audience: 'mobile' }];
    for (const other of others) {
      const { value } = await mintEarlier(other);
      expect((await pageOf('login', value))?.expiredToken).toBeNull();
    }
    const elsewhere = await startApp('Express', [], { issuer: 'other', audience: 'web' });
    const { value } = await mintEarlier({}, elsewhere.tempid);
    await elsewhere.app.close();
    expect(await pageOf('login', value)).toMatchObject({
      code: 'TEMPID_EXPIRED',
      expiredToken: null,
    });
    const bob = await mintEarlier({ subject: 'bob@example.com' });
    expect((await pageOf('mine', bob.value))?.expiredToken).toBeNull();
    expect((await pageOf('mine', (await mintEarlier({})).value))?.expiredToken).not.toBeNull();
  });

  it('the template gets no forged token, and none where the link is bad for another reason', async () => {
    const { value } = await mintEarlier({});
    const bad = [`${value.slice(0, -6)}AAAAAA`, value.slice(0, -3), 'garbage', ''];
    for (const each of bad) expect((await pageOf('login', each))?.expiredToken).toBeNull();
    const revoked = await running.tempid.mint(ADA);
    await running.tempid.revoke(revoked);
    const later = await running.tempid.mint({ ...ADA, notBefore: new Date(Date.now() + MINUTE) });
    for (const { value: each } of [revoked, later, await running.tempid.mint(ADA)]) {
      expect((await pageOf('login', each))?.expiredToken).toBeNull();
    }
  });

  it('the template gets the expired token only in the browser that asked, where no other may go on', async () => {
    const { value } = await mintEarlier({ boundTo: `tempid-browser:${key}` });
    expect((await pageOf('asker', value, true))?.expiredToken?.subject).toBe('ada@example.com');
    expect((await pageOf('asker', value))?.expiredToken).toBeNull();
    expect((await pageOf('anyone', value))?.expiredToken?.subject).toBe('ada@example.com');
  });
});

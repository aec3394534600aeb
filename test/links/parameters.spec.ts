import {
  BadRequestException,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Param,
  ParseIntPipe,
  Query,
  Redirect,
  UseGuards,
} from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromParam, fromQuery, type LinkPageOptions, TempIDLink } from '../../src/index.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { actionOf, Browser, heading } from './browser.js';

const seen: unknown[] = [];

/** Asks for what only the address says. */
class TenantGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { query } = context.switchToHttp().getRequest<{ query: Record<string, unknown> }>();
    if (query['tenant'] !== 'acme') throw new BadRequestException('no tenant');
    return true;
  }
}

const inGerman: LinkPageOptions = {
  texts: ({ query }) =>
    (query as Record<string, unknown>)['lang'] === 'de'
      ? { lang: 'de', used: { title: 'Schon benutzt', text: '-' } }
      : {},
};

@Controller('parameters')
class ParametersController {
  @TempIDLink('login', { purpose: 'open', page: inGerman })
  @Redirect('/home', 303)
  login(@Query() query: object, @Query('next') next?: string): object {
    seen.push({ ...query });
    return { url: next ?? '/home' };
  }

  @TempIDLink('guarded', { purpose: 'open' })
  @UseGuards(TenantGuard)
  guarded(@Query('page', ParseIntPipe) page: number): string {
    return `page ${page}`;
  }

  @TempIDLink('asker', { purpose: 'open', boundTo: 'browser', grace: '10s' })
  @Redirect('/home', 303)
  asker(@Query('next') next: string): object {
    return { url: next };
  }

  @TempIDLink('two', { purpose: 'open', extract: [fromQuery('t'), fromQuery('k y')] })
  two(@Query() query: object): object {
    return query;
  }

  @TempIDLink('own', {
    purpose: 'open',
    extract: ({ query }) => (query as { signed?: string }).signed,
  })
  own(@Query() query: object): object {
    return query;
  }

  @TempIDLink('join/:team/:token', { purpose: 'open', extract: fromParam('token') })
  join(@Param('team') team: string, @Query('as') as: string): string {
    return `${team} as ${as}`;
  }
}

describe.each(PLATFORMS)('the parameters of a link on %s', (platform) => {
  let running: RunningApp;
  const mint = () => running.tempid.mint({ purpose: 'open', maxUses: 1 });
  const link = async (path: string) => running.tempid.link(`/parameters/${path}`, await mint());

  beforeAll(async () => {
    running = await startApp(platform, [ParametersController]);
  });

  afterAll(() => running.app.close());

  it('a handler gets the same parameters after the click as are in the mail', async () => {
    const browser = new Browser(running);
    const path = await link('login?next=%2Fsettings&tag=a&tag=b&empty=');
    const page = await browser.open(path);
    expect(actionOf(page.text)).toBe('./login?next=%2Fsettings&tag=a&tag=b&empty=');
    expect((await browser.press(path, page)).location).toBe('/settings');
    expect(seen.at(-1)).toEqual({ next: '/settings', tag: ['a', 'b'], empty: '' });
  });

  it('guards and pipes get the parameters before the click and after it', async () => {
    const browser = new Browser(running);
    const path = await link('guarded?tenant=acme&page=7');
    expect((await browser.press(path, await browser.open(path))).text).toBe('page 7');
    expect((await browser.open(await link('guarded?page=7'))).status).toBe(400);
  });

  it('the parameters choose the language of the page that refuses the click', async () => {
    const browser = new Browser(running);
    const path = await link('login?lang=de');
    const [first, second] = [await browser.open(path), await browser.open(path)];
    expect((await browser.press(path, first)).status).toBe(303);
    expect(heading(await browser.press(path, second))).toBe('Schon benutzt');
  });

  it('the parameters lead the browser that asked and every other one to the same place', async () => {
    const key = 'A'.repeat(22);
    const bound = () =>
      running.tempid.mint({ purpose: 'open', maxUses: 1, boundTo: `tempid-browser:${key}` });
    const asker = new Browser(running);
    asker.cookies.set('tempid-browser-of-asker', key);
    const direct = running.tempid.link('/parameters/asker?next=/settings', await bound());
    expect((await asker.open(direct)).location).toBe('/settings');

    const other = new Browser(running);
    const path = running.tempid.link('/parameters/asker?next=/settings', await bound());
    const page = await other.open(path);
    const [first, second] = [await other.press(path, page), await other.press(path, page)];
    expect([first.location, second.location]).toEqual(['/settings', '/settings']);
  });

  it('the parameters stay where the route takes the token from several places, or by a function', async () => {
    const browser = new Browser(running);
    const { value } = await mint();
    const two = `/parameters/two?k%20y=${value}&a=1`;
    expect((await browser.press(two, await browser.open(two))).text).toBe('{"a":"1"}');
    const other = await mint();
    const own = `/parameters/own?signed=${other.value}&a=1`;
    expect((await browser.press(own, await browser.open(own))).text).toBe('{"a":"1"}');
  });

  it('the parameters stay beside a token in the path', async () => {
    const browser = new Browser(running);
    const path = running.tempid.link('/parameters/join/acme/:token?as=owner', await mint(), {
      extract: fromParam('token'),
    });
    const page = await browser.open(path);
    expect((await browser.press(path, page)).text).toBe('acme as owner');
  });

  it('parameters are escaped in the page', async () => {
    const browser = new Browser(running);
    const hostile = `next=javascript:alert(1)&"><script>alert(1)</script>&'onclick='x`;
    const { text } = await browser.open(await link(`login?${hostile}`));
    const [, action = ''] = /action="([^"]*)"/.exec(text) ?? [];
    expect(text).not.toContain('<script');
    expect(action).not.toMatch(/[<>"']/);
    expect(action).toMatch(/^\.\/login\?next=javascript:alert\(1\)&amp;/);
  });

  it('the parameters after the click hold no token', async () => {
    const browser = new Browser(running);
    const token = await mint();
    const page = await browser.open(
      `/parameters/login?%74oken=${token.value.replaceAll('-', '%2D')}&a=1`,
    );
    expect([page.status, actionOf(page.text)]).toEqual([200, './login?a=1']);
  });
});

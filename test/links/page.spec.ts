import { Controller, Post, Redirect, SetMetadata, UseGuards } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  fromParam,
  fromQuery,
  type LinkTexts,
  MemoryTempIDStore,
  TempID,
  TempIDLink,
  TempIDStore,
} from '../../src/index.js';
import { MINUTE, setClock } from '../support/clock.js';
import { json, PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { actionOf, Browser, heading } from './browser.js';

const GERMAN: Partial<LinkTexts> = {
  lang: 'de',
  confirm: { title: 'Noch ein Schritt', text: 'Auf den Knopf, bitte.', button: 'Weiter' },
};

class DoorGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    const isPublic = Reflect.getMetadata('public', context.getHandler()) === true;
    return isPublic || request.headers['x-door'] === 'open';
  }
}

/** Counts in memory until it is told to break. */
class FragileStore extends MemoryTempIDStore {
  isBroken = false;

  override async used(id: string): Promise<number> {
    if (this.isBroken) throw new Error('no connection');
    return super.used(id);
  }
}

@Controller('links')
class PageController {
  @TempIDLink('plain', { purpose: 'open' })
  plain(): string {
    return 'ran';
  }

  @TempIDLink('join/:token', { purpose: 'open', extract: fromParam('token') })
  @Redirect('/joined', 303)
  join(): void {
    // The redirect is all.
  }

  @TempIDLink('translated', {
    purpose: 'open',
    extract: fromQuery('t'),
    page: {
      texts: ({ headers }) => (String(headers['accept-language']).startsWith('de') ? GERMAN : {}),
      redirectsTo: ['https://app.example'],
    },
  })
  translated(): string {
    return 'ran';
  }

  @TempIDLink('own', {
    purpose: 'open',
    page: {
      template: ({ kind, title, form, nonce }) => `<p nonce="${nonce}">${kind} ${title}</p>${form}`,
    },
  })
  own(): string {
    return 'ran';
  }

  @TempIDLink('left', {
    purpose: 'open',
    page: { template: ({ kind }) => (kind === 'refused' ? '<p>refused</p>' : null) },
  })
  left(): string {
    return 'ran';
  }

  @TempIDLink('broken', {
    purpose: 'open',
    page: {
      template: () => {
        throw new Error('no such partial');
      },
    },
  })
  broken(): string {
    return 'ran';
  }

  // Decorators above and below hold for the page as well.
  @SetMetadata('public', true)
  @TempIDLink('public', { purpose: 'open' })
  @UseGuards(DoorGuard)
  forAll(): string {
    return 'ran';
  }

  @TempIDLink('guarded', { purpose: 'open', consume: 'on-success' })
  @UseGuards(DoorGuard)
  guarded(): string {
    throw new Error('the handler fails');
  }

  @Post('other')
  other(): string {
    return 'other';
  }
}

describe.each(PLATFORMS)('the page of a link on %s', (platform) => {
  let running: RunningApp;
  let browser: Browser;
  const mint = () => running.tempid.mint({ purpose: 'open', maxUses: 1 });
  const link = async (name: string) => running.tempid.link(`/links/${name}`, await mint());

  beforeAll(async () => {
    running = await startApp(platform, [PageController], {
      store: FragileStore,
      linkPage: { appName: '<Ada>', askAgain: '/login' },
    });
    browser = new Browser(running);
  });

  afterAll(() => running.app.close());

  it('the page of a link has headers that tell nobody its token', async () => {
    const { headers, text } = await browser.open(await link('plain'));
    const nonce = /<style nonce="([^"]+)"/.exec(text)?.[1] ?? 'none';
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'nonce-${nonce}'; img-src 'self'; form-action 'self'; ` +
        `base-uri 'none'; frame-ancestors 'none'`,
    );
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'strict-origin',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex',
    });
    expect(headers.getSetCookie()).toEqual([]);
    expect(text).not.toMatch(/<script|https?:\/\/|\son\w+=/);
    expect(text).toContain('&lt;Ada&gt;');
  });

  it('the form of the page posts to an address without the token', async () => {
    const path = await link('plain');
    const page = await browser.open(`${path}&from=mail#top`);
    expect(actionOf(page.text)).toBe('./plain?from=mail');
    expect((await browser.press(path, page)).text).toBe('ran');
  });

  it('the page finds the token in the path where the route does', async () => {
    const path = running.tempid.link('/links/join/:token', await mint(), {
      extract: fromParam('token'),
    });
    const page = await browser.open(path);
    expect((await browser.press(path, page)).location).toBe('/joined');
  });

  it('the page is in the language of the request, and its policy allows the origins of a redirect', async () => {
    const token = await mint();
    const path = running.tempid.link('/links/translated', token, { extract: fromQuery('t') });
    const german = await browser.open(path, { 'accept-language': 'de-DE' });
    expect(german.text).toContain('<html lang="de" dir="ltr">');
    expect(german.text).toContain('<button type="submit">Weiter</button>');
    expect(german.headers.get('content-security-policy')).toContain(
      `form-action 'self' https://app.example;`,
    );
    expect(heading(await browser.open(path))).toBe('One more step');
  });

  it('the page is what the template returns, and the default page where the template throws', async () => {
    const own = await browser.open(await link('own'));
    expect(own.text).toMatch(/^<p nonce="[\w-]+">confirm One more step<\/p><form /);
    expect(heading(await browser.open(await link('broken')))).toBe('One more step');
  });

  it('the page is the default page where the template returns null', async () => {
    const page = await browser.open(await link('left'));
    expect([page.status, heading(page)]).toEqual([200, 'One more step']);
    expect((await browser.open('/links/left?token=x')).text).toBe('<p>refused</p>');
  });

  it('a link runs the guards of its handler, also those above @TempIDLink', async () => {
    expect((await browser.open(await link('guarded'))).status).toBe(403);
    const path = await link('guarded');
    expect((await browser.open(path, { 'x-door': 'open' })).status).toBe(200);
    expect((await browser.open(await link('public'))).status).toBe(200);
  });

  it('a use is refunded where the handler of a link throws', async () => {
    const token = await mint();
    const answer = await running.send('/links/guarded', {
      ...json({ token: token.value }),
      headers: { 'content-type': 'application/json', 'x-door': 'open' },
    });
    expect(answer.status).toBe(500);
    expect((await running.tempid.usesInfo(token)).used).toBe(0);
  });

  it('the page of a bad link says why it is bad, and where to get a new one', async () => {
    setClock(Date.now() - 60 * MINUTE);
    const expired = await running.tempid.mint({ purpose: 'open' });
    jest.restoreAllMocks();
    const other = await running.tempid.mint({ purpose: 'other' });
    const revoked = await mint();
    await running.tempid.revoke(revoked);
    const notYet = new Date(Date.now() + 60_000);
    const later = await running.tempid.mint({ purpose: 'open', notBefore: notYet });
    const headings = new Map([
      ['', 'The link is incomplete'],
      ['garbage', 'This link is not valid'],
      [other.value, 'This link does not work here'],
      [expired.value, 'This link has expired'],
      [revoked.value, 'This link was withdrawn'],
      [later.value, 'This link does not work yet'],
    ]);
    for (const [value, expected] of headings) {
      const page = await browser.open(`/links/plain?token=${value}`);
      expect(page.status).toBe(401);
      expect(page.headers.get('referrer-policy')).toBe('strict-origin');
      expect(page.text).toContain('<a class="button" href="/login">Send me a new one</a>');
      expect(heading(page)).toBe(expected);
    }
  });

  it('the page is 503 where the store cannot answer, and the link works later', async () => {
    const store = running.app.get<FragileStore>(TempIDStore);
    const path = await link('plain');
    store.isBroken = true;
    const page = await browser.open(path);
    store.isBroken = false;
    expect([page.status, heading(page)]).toEqual([503, 'Links cannot be checked right now']);
    expect(page.headers.get('retry-after')).toBe('5');
    expect((await browser.open(path)).status).toBe(200);
  });

  it('a client that asks for JSON gets the error of the table and no page', async () => {
    const bad = await running.send('/links/plain?token=garbage', {
      headers: { accept: 'application/json' },
    });
    expect(bad).toMatchObject({ status: 401, body: { statusCode: 401, code: 'TEMPID_FORMAT' } });
    const token = await mint();
    expect(await running.send('/links/plain', json({ token: token.value }))).toMatchObject({
      status: 201,
      body: 'ran',
    });
    const anything = await running.send('/links/plain?token=garbage', {
      headers: { accept: '*/*' },
    });
    expect(anything.body).toMatchObject({ code: 'TEMPID_FORMAT' });
  });

  it.each(['PUT', 'DELETE', 'PATCH'])(
    '%s of a link is answered 405, and uses nothing',
    async (method) => {
      const path = await link('plain');
      const { status, headers } = await running.send(path, { method });
      expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS']);
      expect((await running.send(path, { method: 'POST' })).status).toBe(201);
    },
  );

  it('OPTIONS of a link is answered with its methods', async () => {
    const { status, headers } = await running.send(await link('plain'), { method: 'OPTIONS' });
    expect([status, headers.get('allow')]).toEqual([204, 'GET, HEAD, POST, OPTIONS']);
  });

  it('other routes of the controller get no page', async () => {
    expect((await running.send('/links/other', { method: 'POST' })).body).toBe('other');
  });
});

describe('@TempIDLink', () => {
  it.each([
    [{ grace: '2m' }, `'grace' must be at most '1m'.`],
    [{ otherBrowsers: 'page' }, `needs boundTo: 'browser'`],
    [{ otherBrowsers: 'none', boundTo: 'browser' }, `must be 'page' or 'refuse'`],
    [{ purposes: 'x' }, `@TempIDLink has no option 'purposes'`],
    [{ page: { title: 'x' } }, `page has no option 'title'`],
    [{ page: { texts: { titel: {} } } }, `page.texts has no option 'titel'`],
    [{ page: { template: '<p>' } }, `'page.template' must be a function`],
    [{ page: { redirectsTo: ['app.example'] } }, `must be a list of origins`],
    [{ page: { redirectsTo: 'myapp:' } }, `'page.redirectsTo' must be a list of origins`],
    [{ consume: false }, `must be true or 'on-success'`],
  ])('@TempIDLink refuses %j', (options, message) => {
    expect(() => TempIDLink('x', options as never)).toThrow(message);
  });
});

describe('tempid.link', () => {
  it('tempid.link keeps what else is in the address, behind the token', async () => {
    const { tempid, app } = await startApp('Express', []);
    const token = await tempid.mint();
    const value = token.value;
    expect(tempid.link('https://app.example/login?from=mail#top', token)).toBe(
      `https://app.example/login?token=${value}&from=mail#top`,
    );
    expect(tempid.link(new URL('https://app.example'), value)).toBe(
      `https://app.example/?token=${value}`,
    );
    expect(tempid.link('/join/:token?x=%20', token)).toBe(`/join/${value}?x=%20`);
    expect(tempid.link('/login?token=old', token)).toBe(`/login?token=${value}`);
    expect(tempid.link('/login?a=1&token=old&b=2', token)).toBe(`/login?token=${value}&a=1&b=2`);
    expect(() => tempid.link('', token)).toThrow(`'url' must be a string that is not empty`);
    expect(() => tempid.link('/x', token, { extract: () => undefined })).toThrow(
      'A link needs an extractor that looks into the address',
    );
    expect(() => tempid.link('/x', token, { extract: fromParam('token') })).toThrow(
      `write ':token' into its path`,
    );
    expect(token).toBeInstanceOf(TempID);
    await app.close();
  });
});

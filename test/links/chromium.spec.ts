import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, type INestApplication, Logger, Query, Redirect } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { Test } from '@nestjs/testing';
import type { Browser, Page } from 'playwright-core';
import { openChromium } from '../../scripts/services/open-chromium.mjs';
import { fromParam, TempIDLink, TempIDModule, TempIDService } from '../../src/index.js';
import { SECRET } from '../support/secrets.js';
import { describeWith } from '../support/services.js';

let elsewhere = '';

@Controller()
class PagesController {
  @TempIDLink('login', { purpose: 'open' })
  @Redirect('/home', 303)
  login(@Query('next') next?: string): object {
    return { url: next ?? '/home' };
  }

  @TempIDLink('verify', { purpose: 'open' })
  verify(): string {
    return `<h1>Verified</h1><img src="${elsewhere}/image"><a href="${elsewhere}/out">out</a>`;
  }

  @TempIDLink('join/:token', { purpose: 'open', extract: fromParam('token') })
  join(): string {
    return `<h1>Joined</h1><img src="${elsewhere}/image"><a href="${elsewhere}/out">out</a>`;
  }

  @TempIDLink('app', { purpose: 'open' })
  @Redirect('myapp://signed-in', 303)
  app(): void {}

  @TempIDLink('named', { purpose: 'open', page: { redirectsTo: ['myapp:'] } })
  @Redirect('myapp://signed-in', 303)
  named(): void {}

  @TempIDLink('by-request', {
    purpose: 'open',
    page: { redirectsTo: ({ query }) => [(query as { to: string }).to] },
  })
  @Redirect('/home', 303)
  byRequest(@Query('to') to: string): object {
    return { url: `${to}/landing` };
  }

  @Get('home')
  home(): string {
    return '<h1>Home</h1>';
  }

  @Get('settings')
  settings(): string {
    return '<h1>Settings</h1>';
  }
}

/** As middleware of Rails, Django and Next does. */
function refuseOtherOrigins(
  { method, headers }: IncomingMessage,
  response: { writeHead(status: number): { end(): void } },
  next: () => void,
): void {
  const { origin = '', host } = headers;
  const isOwn = URL.canParse(origin) && new URL(origin).host === host;
  if (method === 'POST' && !isOwn) response.writeHead(403).end();
  else next();
}

describeWith(process.env['CHROMIUM_PATH'], 'a link in Chromium', (program) => {
  let browser: Browser;
  let app: INestApplication;
  let url: string;
  let other: Server;
  const requests: IncomingMessage[] = [];

  beforeAll(async () => {
    browser = await openChromium(program);
    other = createServer((request, response) => {
      requests.push(request);
      response.setHeader('Content-Type', 'text/html').end('<h1>Elsewhere</h1>');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    // Another site than 127.0.0.1, on this machine all the same.
    elsewhere = `http://localhost:${(other.address() as AddressInfo).port}`;
    jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
  });

  afterAll(async () => {
    jest.restoreAllMocks();
    await browser.close();
    other.close();
  });

  afterEach(async () => {
    requests.length = 0;
    await Promise.all(browser.contexts().map((context) => context.close()));
    await app.close();
  });

  async function start(prepare: (app: INestApplication) => void = () => {}): Promise<void> {
    const module = await Test.createTestingModule({
      imports: [TempIDModule.forRoot({ secret: SECRET })],
      controllers: [PagesController],
    }).compile();
    app = module.createNestApplication({ logger: false });
    prepare(app);
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  }

  async function open(path: string, extract = fromParam('token')): Promise<Page> {
    const tempid = app.get(TempIDService);
    const token = await tempid.mint({ purpose: 'open', maxUses: 1 });
    const page = await browser.newPage();
    page.setDefaultTimeout(10_000);
    const options = path.includes(':token') ? { extract } : {};
    await page.goto(tempid.link(`${url}/${path}`, token, options));
    return page;
  }

  const press = (page: Page) => page.getByRole('button', { name: 'Continue' }).click();
  const expectHeading = (page: Page, name: string) =>
    page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

  it('a link keeps its other parameters when its button is pressed', async () => {
    await start();
    const page = await open('login?next=%2Fsettings%3Ftab%3D%22%3Cb%3E%22%26x=1&lang=de#top');
    await press(page);
    await expectHeading(page, 'Settings');
    expect(new URL(page.url()).search).toBe('?tab=%22%3Cb%3E%22&x=1');
  });

  it('a click passes enableCors with a list that throws for all else', async () => {
    await start((each) =>
      each.enableCors({
        origin: (
          origin: string | undefined,
          answer: (error: Error | null, allow?: boolean) => void,
        ) => {
          const isListed = origin === undefined || origin === url;
          answer(isListed ? null : new Error(`not allowed: ${origin}`), isListed);
        },
      }),
    );
    const page = await open('login');
    await press(page);
    await expectHeading(page, 'Home');
  });

  it('a click passes a check of Origin against Host', async () => {
    await start((each) => each.use(refuseOtherOrigins));
    const page = await open('login');
    await press(page);
    await expectHeading(page, 'Home');
  });

  it('a click passes the checks of origin behind middleware that sends no-referrer, as helmet does', async () => {
    await start((each) =>
      each
        .use(
          (
            _request: unknown,
            response: { setHeader(...header: string[]): void },
            next: () => void,
          ) => {
            response.setHeader('Referrer-Policy', 'no-referrer');
            next();
          },
        )
        .use(refuseOtherOrigins),
    );
    const page = await open('login');
    await press(page);
    await expectHeading(page, 'Home');
  });

  it.each(['verify?next=1', 'join/:token?next=1'])(
    'a link tells nobody its token by a Referer, before the click or after it: %s',
    async (path) => {
      await start();
      const page = await open(path);
      const image = once(other, 'request');
      await press(page);
      await image;
      await page.getByRole('link', { name: 'out' }).click();
      await expectHeading(page, 'Elsewhere');
      const told = requests
        .filter(({ url: asked }) => asked !== '/favicon.ico')
        .map(({ url: asked, headers }) => [asked, headers.referer]);
      expect(told).toEqual([
        ['/image', `${url}/`],
        ['/out', `${url}/`],
      ]);
    },
  );

  it.each([
    [
      'app',
      'which its page does not name, is stopped after the click',
      /^Sending form data .* violates .*form-action 'self'/,
    ],
    ['named', 'which its page names, gets there', /^myapp:\/\/signed-in/],
  ])('%s: a link that redirects to a scheme, %s', async (path, _what, expected) => {
    await start();
    const page = await open(path);
    const outcome = new Promise<string>((resolve) => {
      page.on('console', (message) => {
        if (message.text().includes('Content Security Policy')) resolve(message.text());
      });
      page.on('request', (request) => request.url().startsWith('myapp:') && resolve(request.url()));
    });
    await press(page);
    expect(await outcome).toMatch(expected);
  });

  it('a link whose request names the origin of its redirect gets there', async () => {
    await start();
    const page = await open(`by-request?to=${encodeURIComponent(elsewhere)}`);
    await press(page);
    await expectHeading(page, 'Elsewhere');
    expect(requests.map(({ url: asked }) => asked)).toContain('/landing');
  });
});

import { Controller, Get, Redirect } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TempID, TempIDLink, UseTempID } from '../../src/index.js';
import { fewAtOnce } from '../support/few-at-once.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { Browser } from './browser.js';

let runs = 0;

@Controller()
class LinksController {
  @TempIDLink('login', { purpose: 'login' })
  @Redirect('/home', 303)
  login(): void {
    runs += 1;
  }

  @Get('file')
  @UseTempID({ purpose: 'login', consume: true })
  file(): string {
    runs += 1;
    return 'the file';
  }

  @Get('info')
  @UseTempID({ purpose: 'login' })
  info(): string {
    return 'information';
  }
}

const LINKS = 100;
/** Milliseconds after which a thousand requests do not go on any longer, however slow the machine is. */
const LONG = 300_000;

/** What gateways and browsers do to a link before its reader does. */
const SCANNERS: Record<string, (browser: Browser, path: string) => Promise<unknown>> = {
  'by HEAD': (browser, path) => browser.head(path),
  'by GET': (browser, path) => browser.open(path),
  'by GET, and all that the page leads to': async (browser, path) => {
    const { text } = await browser.open(path);
    const addresses = [...text.matchAll(/(?:href|src|action)="([^"]+)"/g)];
    for (const [, address = ''] of addresses) {
      await browser.open(new URL(address, `http://localhost${path}`).pathname);
    }
  },
  'by Sec-Purpose': (browser, path) => browser.open(path, { 'sec-purpose': 'prefetch' }),
  'by Purpose': (browser, path) => browser.open(path, { purpose: 'prefetch' }),
  'by X-Moz': (browser, path) => browser.open(path, { 'x-moz': 'prefetch' }),
};

describe.each(PLATFORMS)('on %s', (platform) => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp(platform, [LinksController]);
  });

  afterAll(() => running.app.close());

  const used = async (tokens: readonly TempID<null>[]) => {
    const infos = await fewAtOnce(tokens, (token) => running.tempid.usesInfo(token));
    return infos.map((info) => info.used ?? 0).reduce((sum, count) => sum + count, 0);
  };

  it(
    `scanners use none of ${LINKS} links, and their readers then use each once`,
    async () => {
      const mint = () => running.tempid.mint({ purpose: 'login', maxUses: 1 });
      const tokens = await Promise.all(Array.from({ length: LINKS }, mint));
      const paths = tokens.map((token) => running.tempid.link('/login', token));
      runs = 0;
      for (const scan of Object.values(SCANNERS)) {
        await fewAtOnce(paths, (path) => scan(new Browser(running), path));
      }
      expect([runs, await used(tokens)]).toEqual([0, 0]);
      const readers = await fewAtOnce(paths, async (path) => {
        const reader = new Browser(running);
        return reader.press(path, await reader.open(path));
      });
      expect(new Set(readers.map(({ status }) => status))).toEqual(new Set([303]));
      expect([runs, await used(tokens)]).toEqual([LINKS, LINKS]);
    },
    LONG,
  );

  it('a consuming GET route runs for no prefetch', async () => {
    const token = await running.tempid.mint({ purpose: 'login', maxUses: 1 });
    const path = running.tempid.link('/file', token);
    const browser = new Browser(running);
    runs = 0;
    for (const look of ['by HEAD', 'by Sec-Purpose', 'by Purpose', 'by X-Moz']) {
      expect(await SCANNERS[look]?.(browser, path)).toMatchObject({ status: 204, text: '' });
    }
    expect([runs, await used([token])]).toEqual([0, 0]);
    expect((await browser.open(path)).text).toBe('the file');
    expect(runs).toBe(1);
  });

  it('an answer to a prefetch tells browsers to forget it', async () => {
    const answer = await new Browser(running).open('/file', { 'sec-purpose': 'prefetch' });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('a GET route that only verifies answers HEAD and prefetches as any other does', async () => {
    const token = await running.tempid.mint({ purpose: 'login' });
    const path = running.tempid.link('/info', token);
    const browser = new Browser(running);
    expect((await browser.head(path)).status).toBe(200);
    expect((await browser.open(path, { 'sec-purpose': 'prefetch' })).text).toBe('information');
  });
});

import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { openChromium } from '../../../scripts/services/open-chromium.mjs';
import { start } from '../../sample/visitor.js';
import { describeWith } from '../../support/services.js';

const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };

/** A small one, operated by taps. */
export const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  isMobile: true,
  hasTouch: true,
};

export interface InBrowser {
  /** The start page, as seen by somebody who was never here. */
  readonly open: (options?: BrowserContextOptions) => Promise<Page>;
  /** The same before any page is asked for. */
  readonly openBlank: (options?: BrowserContextOptions) => Promise<Page>;
  /** The sample of this test. */
  readonly sample: () => NestExpressApplication;
}

/** A suite with one browser, in which each test has a sample of its own. */
export function describeInBrowser(name: string, suite: (inBrowser: InBrowser) => void): void {
  describeWith(process.env['CHROMIUM_PATH'], name, (program) => {
    let browser: Browser;
    let app: NestExpressApplication;
    let complaints: string[];

    beforeAll(async () => {
      browser = await openChromium(program);
    });

    beforeEach(async () => {
      complaints = [];
      ({ app } = await start());
      collectLost(app, complaints);
    });

    afterEach(async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
      await app.close();
      expect(complaints).toEqual([]);
    });

    afterAll(() => browser.close());

    const openBlank = async (options = DESKTOP) => {
      const origin = await app.getUrl();
      const context = await browser.newContext({ baseURL: origin, ...options });
      context.setDefaultTimeout(10_000);
      collectComplaints(context, origin, complaints);
      return context.newPage();
    };

    suite({
      sample: () => app,
      openBlank,
      async open(options) {
        const page = await openBlank(options);
        await page.goto('/');
        return page;
      },
    });
  });
}

/** What leads nowhere, also what Playwright says nothing of, such as the icon that a browser asks for by itself. */
function collectLost(app: NestExpressApplication, complaints: string[]): void {
  app.getHttpServer().on('request', ({ url }: IncomingMessage, response: ServerResponse) => {
    response.on('finish', () => {
      if (response.statusCode === 404 && url !== '/nowhere') complaints.push(`404 ${url}`);
    });
  });
}

/** What no page may do: anything that its policy forbids, fail in the server, or ask another one. */
function collectComplaints(context: BrowserContext, origin: string, complaints: string[]): void {
  context.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text());
  });
  context.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) complaints.push(`asks for ${request.url()}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`${response.status()} ${response.url()}`);
  });
}

/** Waits for the page that has this as its heading. */
export async function expectHeading(page: Page, name: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
}

import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
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
    });

    afterEach(async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
      await app.close();
      expect(complaints).toEqual([]);
    });

    afterAll(() => browser.close());

    suite({
      sample: () => app,
      async open(options = DESKTOP) {
        const origin = await app.getUrl();
        const context = await browser.newContext({ baseURL: origin, ...options });
        context.setDefaultTimeout(10_000);
        const page = await context.newPage();
        collectComplaints(page, origin, complaints);
        await page.goto('/');
        return page;
      },
    });
  });
}

/** What no page may do: anything that its policy forbids, fail in the server, or ask another one. */
function collectComplaints(page: Page, origin: string, complaints: string[]): void {
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) complaints.push(`asks for ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`${response.status()} ${response.url()}`);
  });
}

/** Waits for the page that has this as its heading. */
export async function expectHeading(page: Page, name: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
}

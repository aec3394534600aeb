import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll } from '@jest/globals';
import type { Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { Browser, BrowserContext } from 'playwright-core';
import { openChromium } from '../../../scripts/services/open-chromium.mjs';
import { TempIDModule, TempIDService } from '../../../src/index.js';
import { SECRET } from '../../support/secrets.js';
import { selfSigned } from '../../support/self-signed.js';
import { describeWith } from '../../support/services.js';

/** Of the application, of another host of its site, and of another site. Chromium finds all of them on this machine. */
const HOSTS = {
  'the own origin': 'app.site.localhost',
  'another host of the site': 'sibling.site.localhost',
  'another site': 'evil.other.localhost',
} as const;

export type Place = keyof typeof HOSTS;

interface Answered {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly status: number;
}

interface Served {
  readonly html: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An application with TLS, and pages on hosts around it. */
export class Sites {
  /** What the application has answered. */
  readonly answers: Answered[] = [];
  private served: Served = { html: '' };
  private check = () => {};

  constructor(
    private readonly app: NestExpressApplication,
    private readonly browser: Browser,
  ) {
    app.use((request: Answered, response: ServerResponse, next: () => void) => {
      if (request.url === '/page') this.answerPage(response);
      else {
        response.on('finish', () => {
          const { method, url, headers } = request;
          this.answers.push({ method, url, headers, status: response.statusCode });
          this.check();
        });
        next();
      }
    });
  }

  get tempid(): TempIDService {
    return this.app.get(TempIDService);
  }

  url(path: string, place: Place = 'the own origin'): string {
    const { port } = this.app.getHttpServer().address() as AddressInfo;
    return `https://${HOSTS[place]}:${port}${path}`;
  }

  /** The address of a page, which is the one of all that were served before. */
  serve(place: Place, html: string, more: Omit<Served, 'html'> = {}): string {
    this.served = { html: `<!doctype html><title>A page</title>${html}`, ...more };
    return this.url('/page', place);
  }

  /** Ends when the application has answered so many requests like this. */
  async answered(isWanted: (answer: Answered) => boolean, count = 1): Promise<Answered[]> {
    const wanted = () => this.answers.filter(isWanted);
    await new Promise<void>((resolve) => {
      this.check = () => wanted().length >= count && resolve();
      this.check();
    });
    return wanted();
  }

  /** The browser of somebody who was never here. */
  async newBrowser(): Promise<BrowserContext> {
    const context = await this.browser.newContext({ ignoreHTTPSErrors: true });
    context.setDefaultTimeout(30_000);
    return context;
  }

  private answerPage(response: ServerResponse): void {
    const { html, status = 200, headers = {} } = this.served;
    response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(html);
  }
}

/** A suite in a browser in which an application and its neighbours have names of their own, and TLS. */
export function describeOnSites(
  name: string,
  controllers: Type[],
  suite: (sites: () => Sites) => void,
): void {
  describeWith(process.env['CHROMIUM_PATH'], name, (program) => {
    let sites: Sites;
    let app: NestExpressApplication;
    let browser: Browser;

    beforeAll(async () => {
      const imports = [TempIDModule.forRoot({ secret: SECRET })];
      const module = await Test.createTestingModule({ imports, controllers }).compile();
      app = module.createNestApplication<NestExpressApplication>({
        logger: false,
        httpsOptions: selfSigned(),
      });
      browser = await openChromium(program);
      sites = new Sites(app, browser);
      await app.listen(0, '127.0.0.1');
    });

    afterAll(async () => {
      await browser.close();
      await app.close();
    });

    suite(() => sites);
  });
}

import { afterEach, expect, it, jest } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { PAGES, type SampleClock, visit } from '../../scripts/screenshots/pages.mjs';
import { MINUTE, setClock } from '../support/clock.js';
import { expectAccessible } from './support/expect-accessible.js';
import { describeInBrowser } from './support/in-browser.js';

describeInBrowser('the pages of the sample', ({ openBlank, sample }) => {
  const asked = new Set<string>();
  const clock: SampleClock = {
    passMinutes: (minutes) => setClock(Date.now() + minutes * MINUTE),
  };

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each(PAGES)('a page is accessible in light and dark, wide and narrow: $name', async (each) => {
    const page = await openBlank();
    page.on('request', (request) => {
      if (request.method() === 'GET') asked.add(new URL(request.url()).pathname);
    });
    await visit(page, each, clock);
    await expectAccessible(page);
  });

  it('all pages of the sample are among those that are tested', () => {
    const unvisited = routesOf(sample()).filter(
      (route) => ![...asked].some((path) => patternOf(route).test(path)),
    );
    expect(unvisited).toEqual([]);
  });
});

interface ExpressLayer {
  readonly route?: { readonly path: string; readonly methods: { readonly get?: boolean } };
}

/** What can be asked for by GET. */
function routesOf(app: NestExpressApplication): string[] {
  const express: unknown = app.getHttpAdapter().getInstance();
  const { router } = express as { router: { stack: ExpressLayer[] } };
  return router.stack.flatMap(({ route }) => (route?.methods.get ? route.path : []));
}

const patternOf = (route: string) => new RegExp(`^${route.replaceAll(/:\w+/g, '[^/]+')}$`);

import { Controller, Logger, Redirect, Res } from '@nestjs/common';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { type LinkPageOptions, TempIDLink } from '../../src/index.js';
import { allowsRedirect } from '../../src/pages/page-headers.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { Browser } from './browser.js';

const OWN = 'https://app.example';

/** Of a form of the application's own page, as browsers say it. */
const OF_OWN_PAGE = { origin: OWN, 'sec-fetch-site': 'same-origin' };

/** Of Express and of Fastify, which have the arguments in another order. */
interface Redirecting {
  readonly raw?: object;
  redirect(...args: readonly unknown[]): unknown;
}

const page = (redirectsTo: LinkPageOptions['redirectsTo']) => ({ redirectsTo });

/** One class for each application, since a route is warned of once in a process. */
function redirectsController() {
  @Controller('redirects')
  class RedirectsController {
    @TempIDLink('static', { purpose: 'open' })
    @Redirect('https://static.example/secret?code=1', 303)
    byMetadata(): void {}

    @TempIDLink('returned', { purpose: 'open' })
    @Redirect('/home', 303)
    byValue(): object {
      return { url: 'https://user:pass@returned.example:8443/secret' };
    }

    @TempIDLink('called', { purpose: 'open' })
    byCall(@Res() response: Redirecting): void {
      const url = 'myapp://signed-in?code=secret';
      response.redirect(...(response.raw ? [url, 303] : [303, url]));
    }

    @TempIDLink('protocol-relative', { purpose: 'open' })
    @Redirect('//elsewhere.example/secret', 303)
    byProtocol(): void {}

    @TempIDLink('refused', { purpose: 'open', page: page(['myapp:']) })
    @Redirect('https://refused.example/secret', 303)
    refused(): void {}

    @TempIDLink('named', { purpose: 'open', page: page(['myapp:', 'https://named.example']) })
    @Redirect('/home', 303)
    named(): object {
      return { url: 'https://named.example/x' };
    }

    @TempIDLink('own', { purpose: 'open' })
    @Redirect(`${OWN}/home`, 303)
    own(): void {}

    @TempIDLink('relative', { purpose: 'open' })
    @Redirect('../home?x=//y', 303)
    relative(): void {}

    @TempIDLink('any', { purpose: 'open', page: page(['https:']) })
    @Redirect('https://any.example', 303)
    any(): void {}

    @TempIDLink('by-request', {
      purpose: 'open',
      page: page(({ query }) => [`https://${(query as { tenant: string }).tenant}.example`]),
    })
    @Redirect('https://acme.example/x', 303)
    byRequest(): void {}

    @TempIDLink('own-policy', {
      purpose: 'open',
      page: {
        contentSecurityPolicy: (nonce) =>
          `style-src 'nonce-${nonce}'; form-action 'self' *.acme.example`,
      },
    })
    @Redirect('https://a.acme.example/x', 303)
    ownPolicy(): void {}

    @TempIDLink('no-form-action', {
      purpose: 'open',
      page: { contentSecurityPolicy: () => `default-src 'none'` },
    })
    @Redirect('myapp://anything', 303)
    noFormAction(): void {}

    @TempIDLink('throwing-policy', {
      purpose: 'open',
      page: {
        contentSecurityPolicy: () => {
          throw new Error('no policy');
        },
      },
    })
    @Redirect('https://throwing.example/x', 303)
    throwingPolicy(): void {}

    @TempIDLink('page', { purpose: 'open' })
    answersAPage(): string {
      return 'ran';
    }
  }
  return RedirectsController;
}

const WARNED = {
  static: ['RedirectsController.byMetadata', 'https://static.example'],
  returned: ['RedirectsController.byValue', 'https://returned.example:8443'],
  called: ['RedirectsController.byCall', 'myapp:'],
  'protocol-relative': ['RedirectsController.byProtocol', 'https://elsewhere.example'],
  refused: ['RedirectsController.refused', 'https://refused.example'],
};

describe.each(PLATFORMS)('a redirect after a click on %s', (platform) => {
  let running: RunningApp;
  let lines: string[];
  let warned: Promise<void>;

  beforeAll(async () => {
    running = await startApp(platform, [redirectsController()]);
  });

  afterAll(() => running.app.close());

  beforeEach(() => {
    lines = [];
    warned = new Promise((resolve) => {
      jest.spyOn(Logger.prototype, 'warn').mockImplementation((line) => {
        lines.push(String(line));
        resolve();
      });
    });
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  async function click(path: string, headers: Record<string, string> = OF_OWN_PAGE) {
    const token = await running.tempid.mint({ purpose: 'open', maxUses: 1 });
    const body = new URLSearchParams({ token: token.value });
    const init = { method: 'POST', body, headers, redirect: 'manual' } as const;
    return running.send(`/redirects/${path}`, init);
  }

  it.each(Object.entries(WARNED))(
    'a redirect after a click to what the page does not name is warned of once, by name: %s',
    async (path, [name, target]) => {
      expect((await click(path)).status).toBe(303);
      await warned;
      expect((await click(path)).status).toBe(303);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(`${name} redirects to ${target}, `);
      expect(lines[0]).toContain(`redirectsTo: ['${target}']`);
      expect(lines[0]).not.toMatch(/secret|code|user|pass/);
    },
  );

  it.each([
    'named',
    'own',
    'relative',
    'any',
    'by-request?tenant=acme',
    'own-policy',
    'no-form-action',
    'throwing-policy',
    'page',
  ])('a redirect after a click that the page allows is not warned of: %s', async (path) => {
    expect((await click(path)).status).toBeLessThan(400);
    expect(lines).toEqual([]);
  });

  it('a redirect is warned of only where a page of the application has posted', async () => {
    const foreign = [
      { origin: 'null' },
      { origin: 'not a url' },
      { origin: 'https://evil.example' },
      { origin: 'https://www.app.example', 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of [{}, ...foreign]) {
      expect((await click('by-request?tenant=other', headers)).status).toBe(303);
    }
    expect(lines).toEqual([]);
    await click('by-request?tenant=other');
    await warned;
    expect(lines).toHaveLength(1);
  });

  it("a redirect that the policy of the request's page allows is not warned of", async () => {
    const browser = new Browser(running);
    const policyOf = async (query: string) => {
      const token = await running.tempid.mint({ purpose: 'open' });
      const opened = await browser.open(
        running.tempid.link(`/redirects/by-request${query}`, token),
      );
      return opened.headers.get('content-security-policy');
    };
    expect(await policyOf('?tenant=acme')).toContain(`form-action 'self' https://acme.example;`);
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    for (const tenant of ['a%20b', "x';script-src", 'x,y', '*', 'x;y', 'a/b']) {
      expect(await policyOf(`?tenant=${tenant}`)).toContain(`form-action 'self';`);
    }
    expect(error).toHaveBeenCalledTimes(6);
    expect(error.mock.calls[0]?.[0]).toContain(`'redirectsTo' must be a list of origins`);
  });
});

@Controller('app')
class AppController {
  @TempIDLink('open', { purpose: 'open' })
  @Redirect('otherapp://signed-in?code=secret', 303)
  open(): void {}

  @TempIDLink('named', { purpose: 'open', page: page(['otherapp:']) })
  @Redirect('otherapp://signed-in', 303)
  named(): void {}

  @TempIDLink('web', { purpose: 'open' })
  @Redirect('https://app.example/home', 303)
  web(): void {}

  @TempIDLink('by-request', { purpose: 'open', page: page(() => ['otherapp:']) })
  @Redirect('otherapp://signed-in', 303)
  byRequest(): void {}
}

@Controller('module')
class ModuleController {
  @TempIDLink('open', { purpose: 'open' })
  @Redirect('modapp://signed-in', 303)
  open(): void {}
}

describe('@Redirect of a link to a scheme', () => {
  it('@Redirect of a link to a scheme is warned of at the start where its page does not name it', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const { app } = await startApp('Express', [AppController]);
    const lines = warn.mock.calls.map(([line]) => String(line));
    warn.mockRestore();
    await app.close();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('AppController.open redirects to otherapp:, ');
    expect(lines[0]).not.toContain('secret');
  });

  it('@Redirect of a link to a scheme is not warned of where the module names it', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const { app } = await startApp('Express', [ModuleController], {
      linkPage: { redirectsTo: ['modapp:'] },
    });
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
    await app.close();
  });
});

describe('redirectsTo', () => {
  it.each([
    'https://app.example',
    'http://localhost:3000',
    'https://*.acme.example',
    'https://xn--bcher-kva.example:8443',
    'http://[::1]:3000',
    'https:',
    'myapp:',
    'com.example.app:',
    'web+app-1:',
  ])("'redirectsTo' takes %s", (target) => {
    expect(() => TempIDLink('x', { page: page([target]) })).not.toThrow();
  });

  it.each([
    '',
    '*',
    'https://*',
    'https://*.com',
    'https://a.*.example',
    'https://app.example/',
    'https://app.example/path',
    'https://user@app.example',
    'HTTPS://app.example',
    'app.example',
    "'self'",
    "'unsafe-inline'",
    "https://a';b.example",
    'https://a;script-src',
    'https://a,b.example',
    'https://a b.example',
    'https://a.example\nx',
    'myapp://signed-in',
    'myapp://',
    'MyApp:',
    'my app:',
    'myapp:;',
    'http:',
    'javascript:',
    'data:',
    'blob:',
    'filesystem:',
    'about:',
    'file:',
    'vbscript:',
    7,
    null,
  ])("'redirectsTo' refuses %j", (target) => {
    expect(() => TempIDLink('x', { page: page([target as string]) })).toThrow(
      `'page.redirectsTo' must be a list of origins`,
    );
  });
});

describe('a policy of a page', () => {
  it.each([
    [`form-action 'self'`, 'https://app.example/x', true],
    [`form-action 'self'`, 'https://other.example', false],
    [`form-action 'none'`, 'https://app.example/x', false],
    [`FORM-ACTION 'SELF'`, 'https://app.example', true],
    [`default-src 'none'`, 'myapp://x', true],
    [`form-action *`, 'https://other.example', true],
    [`form-action *`, 'myapp://x', false],
    [`form-action`, 'https://app.example', false],
    [`form-action MyApp:`, 'myapp://x', true],
    [`form-action http:`, 'https://other.example', true],
    [`form-action https:`, 'http://other.example', false],
    [`form-action other.example:*`, 'https://other.example:99', true],
    [`form-action https://other.example/path`, 'https://other.example/path', true],
    [`form-action *.other.example`, 'https://a.other.example', true],
    [`form-action *.other.example`, 'https://other.example', false],
    [`form-action https://other.example`, 'http://other.example', false],
    [`img-src *; form-action 'self'; base-uri 'none'`, 'https://x.example', false],
    [`form-action ??? 'self'`, 'https://app.example', true],
  ])('the policy "%s" allows a redirect to %s: %j', (policy, to, expected) => {
    expect(allowsRedirect(policy, new URL(to), OWN)).toBe(expected);
  });
});

import { inspect } from 'node:util';
import { Controller, Logger, Post } from '@nestjs/common';
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
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  fromBody,
  fromCookie,
  fromParam,
  fromQuery,
  type LinkPageOptions,
  TempIDLink,
  type TempIDRequest,
  UseTempID,
} from '../../src/index.js';
import { MINUTE, setClock } from '../support/clock.js';
import { json, PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { Browser, heading } from './browser.js';

/** All that an error may say of a request. */
function quoteOf(request: TempIDRequest): string {
  const { url, originalUrl } = request as { url?: string; originalUrl?: string };
  const { query, params, body, headers } = request;
  const parts = JSON.stringify({
    url,
    originalUrl,
    query,
    params,
    body,
    cookie: headers['cookie'],
  });
  return `quoted ${parts} ${encodeURIComponent(String(originalUrl))} ${url?.toLowerCase()}`;
}

const quoting: LinkPageOptions = {
  texts: (request) => {
    throw new Error(quoteOf(request));
  },
};

let latest: TempIDRequest;

const byTemplate: LinkPageOptions = {
  texts: (request) => {
    latest = request;
    return {};
  },
  template: (page) => {
    throw new Error(`${JSON.stringify(page)} ${quoteOf(latest)}`);
  },
};

const extract = [fromQuery('token'), fromBody('token'), fromCookie('link'), fromParam('token')];

@Controller('quoting')
class QuotingController {
  @TempIDLink(['texts', 'texts/in/:token'], { purpose: 'open', extract, page: quoting })
  texts(): string {
    return 'ran';
  }

  @TempIDLink(['template', 'template/in/:token'], { purpose: 'open', extract, page: byTemplate })
  template(): string {
    return 'ran';
  }

  @TempIDLink(['targets', 'targets/in/:token'], {
    purpose: 'open',
    extract,
    page: {
      redirectsTo: (request) => {
        throw new Error(quoteOf(request));
      },
    },
  })
  targets(): string {
    return 'ran';
  }
}

const encoded = (text: string) =>
  text.replaceAll(/./g, (each) => `%${(each.codePointAt(0) ?? 0).toString(16)}`);

describe.each(PLATFORMS)('a page of a link that quotes its request on %s', (platform) => {
  let running: RunningApp;
  let tokens: Record<string, string>;
  let lines: string[];

  beforeAll(async () => {
    const adapter = platform === 'Fastify' ? longParameters() : platform;
    running = await startApp(adapter, [QuotingController]);
    const { tempid } = running;
    const good = (await tempid.mint({ purpose: 'open' })).value;
    const v2 = (await tempid.mint({ format: 'v2' })).value;
    setClock(Date.now() - 60 * MINUTE);
    const expired = (await tempid.mint({ purpose: 'open' })).value;
    jest.restoreAllMocks();
    const revoked = await tempid.mint({ purpose: 'open' });
    await tempid.revoke(revoked);
    tokens = {
      good,
      expired,
      revoked: revoked.value,
      foreign: (await tempid.mint({ purpose: 'other' })).value,
      forged: `${good.slice(0, -9)}AAAAAAAAA`,
      cut: good.slice(0, -7),
      beheaded: good.slice(5),
      v2,
      lowerCase: v2.toLowerCase(),
      jwt: 'eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJzdWIiOiI3In0.c2lnbmF0dXJl',
    };
  });

  afterAll(() => running.app.close());

  beforeEach(() => {
    lines = [];
    for (const level of ['error', 'warn', 'log'] as const) {
      jest.spyOn(Logger.prototype, level).mockImplementation((...said) => {
        lines.push(said.map(String).join(' '));
      });
    }
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** As it is, in either case, encoded once or twice, or without its last characters. */
  function expectUnsaid(token: string): void {
    const said = lines.join('\n').toLowerCase();
    expect(said).toContain('quoted');
    const plain = decodeURIComponent(decodeURIComponent(said.replaceAll(/%(?![\da-f]{2})/g, '')));
    for (const text of [said, plain]) expect(text).not.toContain(token.slice(0, -2).toLowerCase());
  }

  it.each(['texts', 'template', 'targets'])(
    'a page that quotes its request logs no token of the query, the body or a cookie: %s',
    async (route) => {
      for (const token of Object.values(tokens)) {
        const answers = [
          () => running.send(`/quoting/${route}?a=1&token=${token}`, asHtml()),
          () => running.send(`/quoting/${route}?token=${encoded(token)}&a=1`, asHtml()),
          () => running.send(`/quoting/${route}?token=${token}&token=${token}`, asHtml()),
          () => running.send(`/quoting/${route}`, asHtml({ cookie: `link=${token}` })),
          () => running.send(`/quoting/${route}?x=${token}`, { ...asHtml(), ...asForm(token) }),
        ];
        for (const answer of answers) {
          lines = [];
          const { status } = await answer();
          // A good token that is posted runs the handler, and there is no page.
          if (status === 201) continue;
          expectUnsaid(token);
        }
      }
    },
  );

  it.each(['texts', 'template', 'targets'])(
    'a page that quotes its request logs no token of the path: %s',
    async (route) => {
      for (const token of Object.values(tokens)) {
        lines = [];
        await running.send(`/quoting/${route}/in/${encoded(token)}?a=1`, asHtml());
        expectUnsaid(token);
      }
    },
  );

  it('a page that fails logs where the fault is', async () => {
    await running.send(`/quoting/texts?token=${tokens['forged']}&a=1`, asHtml());
    expect(lines.join('\n')).toContain('?token=[token]&a=1');
    expect(lines.join('\n')).toContain('quoting-page.spec');
  });

  it('a page allows no other origin where the function that names them fails', async () => {
    const path = `/quoting/targets?token=${tokens['good']}`;
    const page = await new Browser(running).open(path);
    expect([page.status, heading(page)]).toEqual([200, 'One more step']);
    expect(page.headers.get('content-security-policy')).toContain(`form-action 'self';`);
  });
});

function longParameters(): FastifyAdapter {
  return new FastifyAdapter({ routerOptions: { maxParamLength: 1_024 } });
}

function asHtml(headers: Record<string, string> = {}): RequestInit {
  return { headers: { accept: 'text/html', ...headers } };
}

function asForm(token: string): RequestInit {
  return { method: 'POST', body: new URLSearchParams({ token }) };
}

@Controller('throwing')
class ThrowingController {
  @Post('extract')
  @UseTempID({
    extract: (request) => {
      throw new Error(quoteOf(request));
    },
  })
  extract(): void {}

  @Post('bound')
  @UseTempID({
    boundTo: (token) => {
      throw new RangeError(`quoted ${token} ${token.value.toLowerCase()}`, {
        cause: new Error(`no row for ${token}`),
      });
    },
  })
  bound(): void {}

  @Post('subject')
  @UseTempID({
    subject: (context) => {
      // oxlint-disable-next-line no-throw-literal -- as JavaScript of an application may
      throw quoteOf(context.switchToHttp().getRequest<TempIDRequest>());
    },
  })
  subject(): void {}
}

describe.each(PLATFORMS)(
  'what an application throws while its guard verifies, on %s',
  (platform) => {
    let running: RunningApp;

    beforeAll(async () => {
      running = await startApp(platform, [ThrowingController]);
    });

    afterAll(() => running.app.close());

    it.each(['extract', 'bound', 'subject'])(
      'what an application throws while its guard verifies is logged without the token: %s',
      async (route) => {
        const logged: unknown[] = [];
        jest
          .spyOn(Logger.prototype, 'error')
          .mockImplementation((...said) => void logged.push(said));
        running.app.useLogger({
          log: () => {},
          warn: () => {},
          error: (...said: unknown[]) => void logged.push(said),
        });
        const token = await running.tempid.mint({ boundTo: 'x' });
        const answer = await running.send(`/throwing/${route}`, json({ token: token.value }));
        jest.restoreAllMocks();
        expect(answer.status).toBe(500);
        const said = inspect(logged, { depth: 9, showHidden: true });
        expect(said).toContain('quoted');
        expect(said.toLowerCase()).not.toContain(token.value.slice(0, -2).toLowerCase());
      },
    );
  },
);

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Client } from 'pg';
import { createApp } from '../sample/create-app.js';
import { html } from '../sample/pages/html.js';
import type { Settings } from '../sample/settings.js';
import { describeWith } from './support/services.js';

const ADA = 'ada@example.com';
const FIRST_PASSWORD = 'analytical engine';

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  readonly location: string | null;
}

/** A person with a browser that shows redirects instead of following them. */
class Visitor {
  constructor(private readonly origin: string) {}

  get(path: string): Promise<Answer> {
    return this.ask(path, {});
  }

  head(path: string): Promise<Answer> {
    return this.ask(path, { method: 'HEAD' });
  }

  post(path: string, fields: Record<string, string>): Promise<Answer> {
    return this.ask(path, { method: 'POST', body: new URLSearchParams(fields) });
  }

  signIn(password: string, email = ADA): Promise<Answer> {
    return this.post('/password/sign-in', { email, password });
  }

  forgot(email = ADA): Promise<Answer> {
    return this.post('/password/forgot', { email });
  }

  /** The link in the newest mail. */
  async newestLink(): Promise<string> {
    return (await this.links())[0] ?? '';
  }

  async links(): Promise<string[]> {
    const { text } = await this.get('/outbox');
    return [...text.matchAll(/<a class="button" href="([^"]+)"/g)].map(([, href = '']) => href);
  }

  private async ask(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(this.origin + path, { ...init, redirect: 'manual' });
    const { status, headers } = response;
    return { status, headers, text: await response.text(), location: headers.get('location') };
  }
}

/** What the form of a page sends along unseen. */
function hiddenToken({ text }: Answer): string {
  return /name="token" value="([^"]+)"/.exec(text)?.[1] ?? '';
}

function heading({ text }: Answer): string {
  return /<h1>([^<]*)<\/h1>/.exec(text)?.[1] ?? '';
}

/** `2 of 3` */
function usesLeft({ text }: Answer): string {
  return /<strong>(\d+)<\/strong> (of \d+)/.exec(text)?.slice(1).join(' ') ?? '';
}

describe('the sample application', () => {
  let directory: string;
  let app: NestExpressApplication;
  let visitor: Visitor;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tempid-sample-'));
    ({ app, visitor } = await start({ sqliteFile: join(directory, 'sample.sqlite') }));
  });

  afterAll(async () => {
    await app.close();
    await rm(directory, { recursive: true });
  });

  describe('forgot password', () => {
    it('changes the password by the link of a mail, once, and shows no token in the next address', async () => {
      await visitor.forgot();
      const link = await visitor.newestLink();
      const form = await visitor.get(link);
      expect([form.status, heading(form)]).toEqual([200, 'Choose a new password']);

      const token = hiddenToken(form);
      const changed = await visitor.post('/password/reset', {
        token,
        password: 'difference engine',
      });
      expect([changed.status, changed.location]).toEqual([303, '/password/sign-in?changed=yes']);
      expect((await visitor.get('/password/sign-in?changed=yes')).text).toContain('role="status"');

      expect((await visitor.signIn(FIRST_PASSWORD)).status).toBe(401);
      expect((await visitor.signIn('difference engine')).status).toBe(200);

      const again = await visitor.post('/password/reset', { token, password: 'another engine' });
      expect([again.status, heading(again)]).toEqual([401, 'This link no longer works']);
      expect((await visitor.get(link)).status).toBe(401);
      expect((await visitor.signIn('difference engine')).status).toBe(200);
    });

    it('lets a second mail die when the first changes the password', async () => {
      await visitor.forgot();
      await visitor.forgot();
      const [second = '', first = ''] = await visitor.links();
      expect((await visitor.get(first)).status).toBe(200);

      await visitor.post('/password/reset', {
        token: hiddenToken(await visitor.get(second)),
        password: 'punched cards',
      });
      const died = await visitor.get(first);
      expect([died.status, heading(died)]).toEqual([401, 'This link no longer works']);
      expect(died.text).toContain('href="/password/forgot"');
    });

    it('keeps the link alive when the password is too short, and says so at the field', async () => {
      await visitor.forgot();
      const token = hiddenToken(await visitor.get(await visitor.newestLink()));
      const refused = await visitor.post('/password/reset', { token, password: 'short' });
      expect(refused.status).toBe(422);
      expect(refused.text).toMatch(/id="password-error" role="alert"/);
      expect(refused.text).toMatch(/aria-describedby="password-hint password-error"/);
      expect(refused.text).not.toContain('value="short"');

      const again = await visitor.post('/password/reset', {
        token: hiddenToken(refused),
        password: 'long enough now',
      });
      expect(again.status).toBe(303);
      expect((await visitor.signIn('long enough now')).status).toBe(200);
    });

    it('changes the password for one of twenty who send the same link at once', async () => {
      await visitor.forgot();
      const token = hiddenToken(await visitor.get(await visitor.newestLink()));
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          visitor.post('/password/reset', { token, password: `password of ${index}` }),
        ),
      );
      expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
    });

    it('answers an address without an account as one with an account, and sends nothing', async () => {
      const before = await visitor.links();
      const unknown = await visitor.forgot('nobody@example.com');
      expect(await visitor.links()).toEqual(before);

      const known = await visitor.forgot();
      expect(await visitor.links()).toHaveLength(before.length + 1);
      expect(visible(unknown)).toEqual(visible(known));
    });

    it('answers a wrong password as an address without an account', async () => {
      const wrong = await visitor.signIn('wrong');
      const unknown = await visitor.signIn('wrong', 'nobody@example.com');
      expect([wrong.status, unknown.status]).toEqual([401, 401]);
      expect(unknown.text.replace('nobody@example.com', ADA)).toBe(wrong.text);
    });
  });

  describe('invite link', () => {
    it('lets three people in, counts down, and is full for the fourth', async () => {
      await visitor.post('/invite', { team: 'Night Owls' });
      const link = await visitor.newestLink();

      const takePlace = async (name: string) => {
        const form = await visitor.get(link);
        const joined = await visitor.post('/invite/join', { token: hiddenToken(form), name });
        return {
          seen: [heading(form), usesLeft(form), joined.status],
          next: joined.location ?? '',
        };
      };
      expect((await takePlace('Grace')).seen).toEqual(['Join Night Owls', '3 of 3', 303]);
      expect((await takePlace('Hedy')).seen).toEqual(['Join Night Owls', '2 of 3', 303]);
      const { seen, next: members } = await takePlace('Katherine');
      expect(seen).toEqual(['Join Night Owls', '1 of 3', 303]);

      const { text } = await visitor.get(members);
      expect([...text.matchAll(/<li>(\w+)<\/li>/g)].map(([, name]) => name)).toEqual([
        'Grace',
        'Hedy',
        'Katherine',
      ]);
      expect(members).not.toContain('TEMP');

      const token = tokenOf(link);
      const fourth = await visitor.post('/invite/join', { token, name: 'Margaret' });
      expect([fourth.status, heading(fourth)]).toEqual([401, 'This invite is full']);
      expect(heading(await visitor.get(link))).toBe('This invite is full');
      expect((await visitor.get(members)).text).not.toContain('Margaret');
    });

    it('takes no place for an empty name', async () => {
      await visitor.post('/invite', { team: 'Early Birds' });
      const link = await visitor.newestLink();
      const refused = await visitor.post('/invite/join', { token: tokenOf(link), name: '  ' });
      expect([refused.status, usesLeft(refused)]).toEqual([422, '3 of 3']);
      expect(refused.text).toMatch(/id="name-error" role="alert"/);
      expect(usesLeft(await visitor.get(link))).toBe('3 of 3');
    });

    it('shows a name as it was typed, and never as markup', async () => {
      await visitor.post('/invite', { team: '<b>"R&D"</b>' });
      const outbox = await visitor.get('/outbox');
      expect(outbox.text).toContain('Join &lt;b&gt;&quot;R&amp;D&quot;&lt;/b&gt;');
      expect(outbox.text).not.toContain('<b>');
    });
  });

  describe('download link', () => {
    it('gives the file three times, and then says so', async () => {
      await visitor.post('/download', { email: 'reader@example.com' });
      const link = await visitor.newestLink();
      const download = async () => {
        const form = await visitor.get(link);
        const file = await visitor.post('/download/file', { token: hiddenToken(form) });
        return [
          usesLeft(form),
          file.status,
          file.headers.get('content-disposition'),
          file.text.split('\n')[0],
        ];
      };
      const given = [200, 'attachment; filename="tides.csv"', 'harbour,high water,low water'];
      expect(await download()).toEqual(['3 of 3', ...given]);
      expect(await download()).toEqual(['2 of 3', ...given]);
      expect(await download()).toEqual(['1 of 3', ...given]);
      const fourth = await visitor.post('/download/file', { token: tokenOf(link) });
      expect([fourth.status, heading(fourth)]).toEqual([401, 'All three downloads are used']);
      expect(heading(await visitor.get(link))).toBe('All three downloads are used');
    });
  });

  describe('a link', () => {
    it('spends nothing when it is opened, by GET or by HEAD', async () => {
      await visitor.forgot();
      await visitor.post('/invite', { team: 'Scanners' });
      await visitor.post('/download', { email: 'reader@example.com' });
      const [download = '', invite = '', reset = ''] = await visitor.links();
      const fiveTimes = Array.from({ length: 5 }, () => [download, invite, reset]).flat();
      const opened = await Promise.all(
        fiveTimes.flatMap((link) => [visitor.head(link), visitor.get(link)]),
      );
      expect(new Set(opened.map(({ status }) => status))).toEqual(new Set([200]));
      expect(usesLeft(await visitor.get(download))).toBe('3 of 3');
      expect(usesLeft(await visitor.get(invite))).toBe('3 of 3');
      const fields = { token: tokenOf(reset), password: 'after the scanner' };
      expect((await visitor.post('/password/reset', fields)).status).toBe(303);
    });

    it('for something else is refused with a page that says what to do', async () => {
      await visitor.post('/invite', { team: 'Wrong Door' });
      const token = tokenOf(await visitor.newestLink());
      const answers = [
        await visitor.get(`/password/reset?token=${token}`),
        await visitor.post('/password/reset', { token, password: 'stolen password' }),
        await visitor.post('/download/file', { token }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
      for (const { text } of answers) {
        expect(text).toContain('TEMPID_SCOPE');
        expect(text).toMatch(/<a class="button" href="\/(password\/forgot|download)"/);
      }
    });

    it('that was changed, or cut off, is refused with a page', async () => {
      const changed = await visitor.get('/invite/join?token=TEMP-V3.garbage');
      expect([changed.status, heading(changed)]).toEqual([401, 'This link is not valid']);
      const cut = await visitor.get('/invite/join');
      expect([cut.status, heading(cut)]).toEqual([401, 'The link is incomplete']);
    });
  });

  it('has a language, one heading, a viewport, and a policy without scripts on every page', async () => {
    await visitor.forgot();
    const paths = [
      '/',
      '/outbox',
      '/invite',
      '/download',
      '/password/forgot',
      '/password/forgot/sent',
      '/password/sign-in',
      '/password/reset',
      '/nowhere',
      await visitor.newestLink(),
    ];
    const pages = await Promise.all(paths.map((path) => visitor.get(path)));
    for (const { text, headers } of pages) {
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'self'/,
      );
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(text).toContain('<html lang="en">');
      expect(text).toContain('<meta name="viewport" content="width=device-width, initial-scale=1"');
      expect(text.match(/<h1[ >]/g)).toHaveLength(1);
      expect(text).toMatch(/<main[ >]/);
      expect(text).not.toMatch(/<script|style="|\son\w+=/);
      for (const [, id] of text.matchAll(/<input\s+id="([^"]+)"/g)) {
        expect(text).toContain(`<label for="${id}">`);
      }
    }
    expect((await visitor.get('/style.css')).headers.get('content-type')).toMatch('text/css');
  });

  it('says that links end with the process where there is no TEMPID_SECRET', async () => {
    expect((await visitor.get('/outbox')).text).toContain('These links end when the server stops.');
  });

  it('keeps its accounts and mails over a restart', async () => {
    const sqliteFile = join(directory, 'restart.sqlite');
    const first = await start({ sqliteFile });
    await first.visitor.forgot();
    await first.app.close();

    const second = await start({ sqliteFile });
    expect(await second.visitor.links()).toHaveLength(1);
    expect((await second.visitor.signIn(FIRST_PASSWORD)).status).toBe(200);
    await second.app.close();
  });

  it('refuses to start on a database that it does not know', async () => {
    await expect(start({ databaseUrl: 'mysql://localhost/test' })).rejects.toThrow(/PostgreSQL/);
  });

  const closed = { statuses: [303, 303, 303, 401], heading: 'This invite is full' };

  describeWith(process.env['TEST_POSTGRES_URL'], 'on PostgreSQL', (serverUrl) => {
    const scratch = `tempid_sample_${process.pid}`;

    it('lets three of four people in by one invite', async () => {
      const databaseUrl = new URL(serverUrl);
      databaseUrl.pathname = scratch;
      await onServer(serverUrl, `CREATE DATABASE ${scratch}`);
      try {
        const { home, ...result } = await inviteFour({ databaseUrl: databaseUrl.href });
        expect(home).toContain('Everything is kept in PostgreSQL.');
        expect(result).toEqual(closed);
      } finally {
        await onServer(serverUrl, `DROP DATABASE ${scratch}`);
      }
    });
  });

  describeWith(process.env['TEST_REDIS_URL'], 'on Redis', (redisUrl) => {
    it('lets three of four people in by one invite', async () => {
      const { home, ...result } = await inviteFour({ redisUrl });
      expect(home).toContain('use counts in Redis.');
      expect(result).toEqual(closed);
    });
  });
});

describe('html', () => {
  it('escapes what is put into it, except what it made itself', () => {
    expect(
      html`<p title="${`"'`}">${'<&>'}${html`<br />`}${[html`a`, html`b`]}${null}</p>`.toString(),
    ).toBe('<p title="&quot;&#39;">&lt;&amp;&gt;<br />ab</p>');
  });
});

async function start(settings: Partial<Settings>) {
  const app = await createApp({ sqliteFile: ':memory:', linksOutliveRestart: false, ...settings });
  await app.listen(0, '127.0.0.1');
  return { app, visitor: new Visitor(await app.getUrl()) };
}

function tokenOf(link: string): string {
  return link.split('token=')[1] ?? '';
}

/** All that a visitor can tell one answer from another by, except the time of day. */
function visible({ status, text, headers }: Answer): unknown {
  return { status, text, headers: [...headers].filter(([name]) => name !== 'date') };
}

async function inviteFour(settings: Partial<Settings>) {
  const { app, visitor } = await start(settings);
  try {
    await visitor.post('/invite', { team: 'Night Owls' });
    const link = await visitor.newestLink();
    const answers = await Promise.all(
      ['Grace', 'Hedy', 'Katherine', 'Margaret'].map((name) =>
        visitor.post('/invite/join', { token: tokenOf(link), name }),
      ),
    );
    return {
      home: (await visitor.get('/')).text,
      statuses: answers.map(({ status }) => status).toSorted((a, b) => a - b),
      heading: heading(await visitor.get(link)),
    };
  } finally {
    await app.close();
  }
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  await client.query(statement);
  await client.end();
}

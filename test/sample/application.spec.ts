import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Client } from 'pg';
import { html } from '../../sample/pages/html.js';
import type { Settings } from '../../sample/settings.js';
import { describeWith } from '../support/services.js';
import { FIRST_PASSWORD, type Visitor, heading, start, tokenOf } from './visitor.js';

describe('the sample application', () => {
  let app: NestExpressApplication;
  let visitor: Visitor;

  beforeAll(async () => {
    ({ app, visitor } = await start());
  });

  afterAll(() => app.close());

  it('every page of the sample has a language, one heading, a viewport, and a policy without scripts', async () => {
    await visitor.forgot();
    const { location: code } = await visitor.post('/invite', { team: 'Owls', way: 'code' });
    const paths = [
      '/',
      '/outbox',
      '/invite',
      '/invite/team?name=Owls',
      code ?? '',
      '/download',
      '/password/forgot',
      '/password/forgot/sent',
      '/password/sign-in',
      '/password/reset',
      '/magic-login',
      '/magic-login/sent',
      '/code',
      '/code/enter',
      '/session',
      '/scanner',
      '/scanner/open',
      '/scanner/naive',
      '/scanner/through',
      '/nowhere',
      await visitor.newestLink(),
    ];
    const pages = await Promise.all(paths.map((path) => visitor.get(path)));
    for (const { text, headers } of pages) {
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'self'/,
      );
      expect(headers.get('referrer-policy')).toBe('strict-origin');
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

  it.each(['/icon.svg', '/favicon.ico'])('has its icon at %s', async (path) => {
    const { status, headers, text } = await visitor.get(path);
    expect([status, headers.get('content-type')]).toEqual([200, 'image/svg+xml; charset=utf-8']);
    expect(text).toMatch(/^<svg /);
  });

  it('the sample says that links end with the process where there is no TEMPID_SECRET', async () => {
    expect((await visitor.get('/outbox')).text).toContain('These links end when the server stops.');
  });

  it('the sample keeps its accounts and mails over a restart', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tempid-sample-'));
    const sqliteFile = join(directory, 'restart.sqlite');
    const first = await start({ sqliteFile });
    await first.visitor.forgot();
    await first.app.close();

    const second = await start({ sqliteFile });
    expect(await second.visitor.links()).toHaveLength(1);
    expect((await second.visitor.signIn(FIRST_PASSWORD)).status).toBe(200);
    await second.app.close();
    await rm(directory, { recursive: true });
  });

  it('the sample refuses to start on a database that it does not know', async () => {
    await expect(start({ databaseUrl: 'oracle://localhost/test' })).rejects.toThrow(
      'DATABASE_URL must start with postgres://, mysql:// or mariadb://.',
    );
  });

  const closed = { statuses: [303, 303, 303, 401], heading: 'This invite is full' };

  describeWith(process.env['TEST_POSTGRES_URL'], 'on PostgreSQL', (serverUrl) => {
    const scratch = `tempid_sample_${process.pid}`;

    it('the sample lets three of four people in by one invite, counted in PostgreSQL', async () => {
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

  describeWith(process.env['TEST_MYSQL_URL'], 'on MariaDB', (serverUrl) => {
    it('the sample lets three of four people in by one invite, counted in MariaDB', async () => {
      const { home, ...result } = await inviteFour({
        databaseUrl: serverUrl.replace('mysql:', 'mariadb:'),
      });
      expect(home).toContain('Everything is kept in MariaDB.');
      expect(result).toEqual(closed);
    });
  });

  describeWith(process.env['TEST_REDIS_URL'], 'on Redis', (redisUrl) => {
    it('the sample lets three of four people in by one invite, counted in Redis', async () => {
      const { home, ...result } = await inviteFour({ redisUrl });
      expect(home).toContain('use counts in Redis.');
      expect(result).toEqual(closed);
    });
  });
});

describe('html', () => {
  it('html escapes what is put into it, except what it made itself', () => {
    expect(
      html`<p title="${`"'`}">${'<&>'}${html`<br />`}${[html`a`, html`b`]}${null}</p>`.toString(),
    ).toBe('<p title="&quot;&#39;">&lt;&amp;&gt;<br />ab</p>');
  });
});

async function inviteFour(settings: Partial<Settings>) {
  const { app, visitor } = await start(settings);
  try {
    await visitor.post('/invite', { team: 'Night Owls' });
    const link = await visitor.newestLink();
    const answers = await Promise.all(
      ['Grace', 'Hedy', 'Katherine', 'Margaret'].map((name) =>
        visitor.post('/invite/join', { token: tokenOf(link), email: `${name}@example.com` }),
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

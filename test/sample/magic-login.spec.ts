import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { MINUTE, setClock } from '../support/clock.js';
import { ADA, type Answer, heading, start, tokenOf, type Visitor } from './visitor.js';

describe('the magic login of the sample', () => {
  let app: NestExpressApplication;
  let stranger: Visitor;

  beforeAll(async () => {
    ({ app, visitor: stranger } = await start());
  });

  afterAll(() => app.close());

  /** A new browser, which asks for a link. */
  const ask = async (fields: Record<string, string> = { direct: 'yes' }) => {
    const visitor = stranger.another();
    const asked = await visitor.post('/magic-login', { email: ADA, ...fields });
    expect([asked.status, asked.location]).toEqual([303, '/magic-login/sent']);
    return { visitor, link: await visitor.newestLink() };
  };

  it('a magic link lets the browser in that asked, at once and once', async () => {
    const { visitor, link } = await ask();
    expect(heading(await visitor.get('/session'))).toBe('You are not signed in');
    expectSignedIn(await visitor.get(link));
    const { text, status } = await visitor.get('/session');
    expect(status).toBe(200);
    expect(text).toContain(`Welcome, ${ADA}.`);
    expect(text).toContain('You came in by a link');

    const again = await visitor.another().get(link);
    expect([again.status, heading(again)]).toEqual([401, 'This link was used already']);
    expect(again.text).toContain('href="/magic-login"');
  });

  it('a magic link shows another browser a button, which lets it in and not the one that asked', async () => {
    const { visitor, link } = await ask();
    const other = visitor.another();
    const page = await other.get(link);
    expect([page.status, heading(page)]).toEqual([200, 'One more step']);
    expectSignedIn(await other.press(link, page));
    expect((await other.get('/session')).status).toBe(200);
    expect((await visitor.get('/session')).status).toBe(401);
    expect(heading(await visitor.get(link))).toBe('This link was used already');
  });

  it('a magic link shows the button to the browser that asked as well, where it was told to', async () => {
    const { visitor, link } = await ask({});
    const page = await visitor.get(link);
    expect(heading(page)).toBe('One more step');
    expectSignedIn(await visitor.press(link, page));
  });

  it('a second click on the button signs in as the first did, with a session of its own', async () => {
    const { visitor, link } = await ask({});
    const page = await visitor.get(link);
    const [first, second] = await Promise.all([
      visitor.press(link, page),
      visitor.press(link, page),
    ]);
    expectSignedIn(first);
    expectSignedIn(second);
    expect(sessionIn(first)).not.toBe(sessionIn(second));
    expect((await visitor.get('/session')).status).toBe(200);
  });

  it('an expired link is sent again, to its own address and to nobody else', async () => {
    const { link } = await ask();
    const visitor = stranger.another();
    const count = async () => (await visitor.links()).length;
    const before = await count();
    for (const token of [tokenOf(link), `${tokenOf(link)}A`, 'garbage', '']) {
      const refused = await visitor.post('/magic-login/again', { token, email: 'eve@example.com' });
      expect([refused.status, heading(refused)]).toEqual([422, 'Sign in by a link']);
      expect(refused.text).toContain('That link cannot be sent again.');
    }
    expect(await count()).toBe(before);
    setClock(Date.now() + 16 * MINUTE);
    const token = tokenOf(link);
    const sent = await visitor.post('/magic-login/again', { token, email: 'eve@example.com' });
    expect([sent.status, sent.location]).toEqual([303, '/magic-login/sent']);
    const { text } = await visitor.get('/outbox');
    expect(await count()).toBe(before + 1);
    expect(text).not.toContain('eve@example.com');
    setClock(Date.now() + 8 * 24 * 60 * MINUTE);
    expect((await visitor.post('/magic-login/again', { token })).status).toBe(422);
    jest.restoreAllMocks();
  });

  it('signing out ends a session for whoever has a copy of its cookie', async () => {
    const { visitor, link } = await ask();
    await visitor.get(link);
    const thief = visitor.another();
    thief.cookies.set('session', visitor.cookies.get('session') ?? '');
    expect((await thief.get('/session')).status).toBe(200);

    const signedIn = await visitor.get('/session');
    const ended = await visitor.press('/session', signedIn);
    expect([ended.status, ended.location]).toEqual([303, '/session']);
    expect(visitor.cookies.has('session')).toBe(false);
    expect((await visitor.get('/session')).status).toBe(401);
    expect(heading(await thief.get('/session'))).toBe('You are not signed in');
  });

  it('signing out everywhere ends the sessions of one person in every browser, and nobody else’s', async () => {
    const signIn = async (email: string) => {
      const { visitor, link } = await ask({ email });
      await visitor.press(link, await visitor.get(link));
      expect((await visitor.get('/session')).status).toBe(200);
      return visitor;
    };
    const [laptop, phone] = [await signIn('ada@example.com'), await signIn('ada@example.com')];
    const other = await signIn('charles@example.com');

    const ended = await laptop.post('/session/end-all', {});
    expect([ended.status, ended.location]).toEqual([303, '/session']);
    expect((await phone.get('/session')).status).toBe(401);
    expect((await other.get('/session')).status).toBe(200);
    const again = await signIn('ada@example.com');
    expect((await again.get('/session')).status).toBe(200);
  });

  it('no link is taken for a session, and no session for a link', async () => {
    const { visitor, link } = await ask({});
    const token = new URL(link, 'http://localhost').searchParams.get('token') ?? '';
    const other = visitor.another();
    other.cookies.set('session', token);
    expect((await other.get('/session')).status).toBe(401);

    await visitor.press(link, await visitor.get(link));
    const session = visitor.cookies.get('session') ?? '';
    expect((await other.get(`/magic-login/open?token=${session}`)).status).toBe(401);
  });

  it('the form asks again for what is no address, and remembers the box', async () => {
    const refused = await stranger.post('/magic-login', { email: 'ada' });
    expect(refused.status).toBe(422);
    expect(refused.text).toMatch(/id="email-error" role="alert"/);
    expect(refused.text).not.toMatch(/\schecked\s/);
  });
});

function expectSignedIn(answer: Answer): void {
  expect([answer.status, answer.location]).toEqual([303, '/session']);
  expect(sessionIn(answer)).toMatch(/^session=TEMP.*; Path=\/; .*HttpOnly; SameSite=Lax$/);
}

function sessionIn({ headers }: Answer): string | undefined {
  return headers.getSetCookie().find((line) => line.startsWith('session='));
}

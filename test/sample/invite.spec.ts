import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { timeUntil } from '../../sample/pages/parts.js';
import { MINUTE, setClock } from '../support/clock.js';
import { type Visitor, hiddenToken, heading, usesLeft, start, tokenOf } from './visitor.js';

describe('the invite link of the sample', () => {
  let app: NestExpressApplication;
  let visitor: Visitor;

  beforeAll(async () => {
    ({ app, visitor } = await start());
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(() => app.close());

  it('an invite lets three people in, counts down, and is full for the fourth', async () => {
    await visitor.post('/invite', { team: 'Night Owls' });
    const link = await visitor.newestLink();

    const takePlace = async (name: string) => {
      const form = await visitor.get(link);
      const email = `${name}@example.com`;
      const joined = await visitor.post('/invite/join', { token: hiddenToken(form), email });
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
    expect(peopleOf(text)).toEqual(['grace', 'hedy', 'katherine']);
    expect(members).not.toContain('TEMP');

    const token = tokenOf(link);
    const fourth = await visitor.post('/invite/join', { token, email: 'margaret@example.com' });
    expect([fourth.status, heading(fourth)]).toEqual([401, 'This invite is full']);
    expect(heading(await visitor.get(link))).toBe('This invite is full');
    expect((await visitor.get(members)).text).not.toContain('margaret');
  });

  it('an empty address takes no place of an invite', async () => {
    await visitor.post('/invite', { team: 'Early Birds' });
    const link = await visitor.newestLink();
    const refused = await visitor.post('/invite/join', { token: tokenOf(link), email: '  ' });
    expect([refused.status, usesLeft(refused)]).toEqual([422, '3 of 3']);
    expect(refused.text).toMatch(/id="email-error" role="alert"/);
    expect(usesLeft(await visitor.get(link))).toBe('3 of 3');
  });

  it('the same person is answered 409 the second time, and a double click is let through, by one place', async () => {
    setClock(Date.now());
    await visitor.post('/invite', { team: 'Twice' });
    const link = await visitor.newestLink();
    const join = (email: string) =>
      visitor.post('/invite/join', { token: tokenOf(link), email: `${email}@example.com` });
    const clicks = await Promise.all([join('ada'), join('ada')]);
    expect(clicks.map(({ status }) => status)).toEqual([303, 303]);
    setClock(Date.now() + MINUTE);
    const again = await join('Ada');
    expect([again.status, heading(again)]).toEqual([409, 'You are in already']);
    expect(usesLeft(await visitor.get(link))).toBe('2 of 3');
  });

  it('an invite of another team is neither extended nor ended', async () => {
    await visitor.post('/invite', { team: 'Mine', way: 'code' });
    await visitor.post('/invite', { team: 'Theirs' });
    const mine = await visitor.get('/invite/team?name=Mine');
    const id = /name="id" value="([^"]+)"/.exec(mine.text)?.[1] ?? '';
    for (const path of ['/invite/team/extend', '/invite/team/end']) {
      expect((await visitor.post(path, { team: 'Theirs', id })).status).toBe(404);
    }
    expect(usesLeft(await visitor.get('/invite/team?name=Mine'))).toBe('3 of 3');
    expect((await visitor.post('/invite/team/end', { team: 'Mine', id })).status).toBe(303);
    expect((await visitor.get('/invite/team?name=Mine')).text).toContain('Ended.');
  });

  it.each([
    '/invite/team',
    '/invite/team?name=Nobody',
    `/invite/team?name=${'x'.repeat(300)}`,
    '/invite/team?name=%00',
  ])('a team without invites has no page: %.40s', async (path) => {
    expect((await visitor.get(path)).status).toBe(404);
  });

  it('all invites of a team end, also those that its page no longer shows', async () => {
    await visitor.post('/invite', { team: 'Many', label: 'The oldest' });
    const oldest = await visitor.newestLink();
    for (let more = 0; more < 20; more += 1) await visitor.post('/invite', { team: 'Many' });
    const { text } = await visitor.get('/invite/team?name=Many');
    expect(text).toContain('Older invites are not shown.');
    expect(text).not.toContain('The oldest');
    await visitor.post('/invite/team/end-all', { team: 'Many' });
    expect(heading(await visitor.get(oldest))).toBe('This invite was ended');
  });

  it.each([
    ['6d 23h 59m 59s', 604_799_000, 'in 7 days'],
    ['2d 11h 29m', 214_140_000, 'in 2 days'],
    ['47h 29m', 170_940_000, 'in 47 hours'],
    ['30m', 1_800_000, 'in 1 hour'],
    ['28m 1s', 1_681_000, 'in 29 minutes'],
    ['1s', 1_000, 'in 1 minute'],
    ['-1s', -1_000, 'in 0 minutes'],
  ])('the end of an invite is said as people say it: %s', (_left, left, said) => {
    setClock(Date.now());
    expect(timeUntil(new Date(Date.now() + left))).toBe(said);
  });

  it('an invite has a label of at most 60 characters, or none', async () => {
    const long = await visitor.post('/invite', { team: 'Labels', label: 'x'.repeat(61) });
    expect(long.status).toBe(422);
    expect(long.text).toMatch(/id="label-error" role="alert"/);
    await visitor.post('/invite', { team: 'Labels', label: '\0' });
    expect((await visitor.get('/invite/team?name=Labels')).text).toContain('Without a label');
  });

  it('the code of an invite leads to PUBLIC_URL, where it is set', async () => {
    const other = await start({ publicUrl: 'https://owls.example/' });
    try {
      const { location } = await other.visitor.post('/invite', { team: 'Owls', way: 'code' });
      const { text } = await other.visitor.get(location ?? '');
      expect(text).toMatch(/<code>https:\/\/owls\.example\/invite\/join\?token=tid_\w{22}<\/code>/);
      expect(text).not.toContain('HOST=');
    } finally {
      await other.app.close();
    }
  });

  it('a name is shown as it was typed, and never as markup', async () => {
    await visitor.post('/invite', { team: '<b>"R&D"</b>' });
    const outbox = await visitor.get('/outbox');
    expect(outbox.text).toContain('Join &lt;b&gt;&quot;R&amp;D&quot;&lt;/b&gt;');
    expect(outbox.text).not.toContain('<b>');
  });
});

const peopleOf = (text: string) =>
  [...text.matchAll(/<li>(\w+)@example.com<\/li>/g)].map(([, name]) => name);

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type Visitor, hiddenToken, heading, usesLeft, start, tokenOf } from './visitor.js';

describe('the invite link of the sample', () => {
  let app: NestExpressApplication;
  let visitor: Visitor;

  beforeAll(async () => {
    ({ app, visitor } = await start());
  });

  afterAll(() => app.close());

  it('an invite lets three people in, counts down, and is full for the fourth', async () => {
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

  it('an empty name takes no place of an invite', async () => {
    await visitor.post('/invite', { team: 'Early Birds' });
    const link = await visitor.newestLink();
    const refused = await visitor.post('/invite/join', { token: tokenOf(link), name: '  ' });
    expect([refused.status, usesLeft(refused)]).toEqual([422, '3 of 3']);
    expect(refused.text).toMatch(/id="name-error" role="alert"/);
    expect(usesLeft(await visitor.get(link))).toBe('3 of 3');
  });

  it('a name is shown as it was typed, and never as markup', async () => {
    await visitor.post('/invite', { team: '<b>"R&D"</b>' });
    const outbox = await visitor.get('/outbox');
    expect(outbox.text).toContain('Join &lt;b&gt;&quot;R&amp;D&quot;&lt;/b&gt;');
    expect(outbox.text).not.toContain('<b>');
  });
});

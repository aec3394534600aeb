import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type Visitor, heading, usesLeft, start, tokenOf } from './visitor.js';

describe('a link of the sample', () => {
  let app: NestExpressApplication;
  let visitor: Visitor;

  beforeAll(async () => {
    ({ app, visitor } = await start());
  });

  afterAll(() => app.close());

  it('opening a link by GET or by HEAD uses nothing', async () => {
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

  it('a link for something else is refused with a page that says what to do', async () => {
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

  it('a link that was changed, or cut off, is refused with a page', async () => {
    const changed = await visitor.get('/invite/join?token=TEMP-V3.garbage');
    expect([changed.status, heading(changed)]).toEqual([401, 'This link is not valid']);
    const cut = await visitor.get('/invite/join');
    expect([cut.status, heading(cut)]).toEqual([401, 'The link is incomplete']);
  });
});

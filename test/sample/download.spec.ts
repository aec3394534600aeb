import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { TempIDStore } from 'nestjs-tempid';
import { type Visitor, hiddenToken, heading, usesLeft, start, tokenOf } from './visitor.js';

describe('the download link of the sample', () => {
  let app: NestExpressApplication;
  let visitor: Visitor;

  beforeAll(async () => {
    ({ app, visitor } = await start());
  });

  afterAll(() => app.close());

  it('a download link gives the file three times, and then says that it is used up', async () => {
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

  it('a download is answered 503 where the store is gone when the handler asks it', async () => {
    await visitor.post('/download', { email: 'reader@example.com' });
    const store = app.get(TempIDStore, { strict: false });
    const asked = jest.spyOn(store, 'used');
    asked.mockResolvedValueOnce(0).mockRejectedValueOnce(new Error('no connection'));
    const page = await visitor.get(await visitor.newestLink());
    asked.mockRestore();
    expect([page.status, heading(page)]).toEqual([503, 'That did not work']);
  });
});

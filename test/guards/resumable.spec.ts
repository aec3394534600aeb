import { Controller, Get, Logger, Post, type Type } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TempIDLink, UseTempID, UseTempIDCode, type TempID } from '../../src/index.js';
import { concurrently } from '../../src/testing/support.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { CONTENT, SentFile } from '../support/sent-file.js';
import { resumableControllers } from './resumable.controller.js';

describe.each(PLATFORMS)('a download that can be resumed, on %s,', (platform) => {
  let running: RunningApp;
  let file: SentFile;
  let warn: jest.SpiedFunction<Logger['warn']>;

  beforeAll(async () => {
    file = await SentFile.make();
    warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    running = await startApp(platform, resumableControllers(file));
  });

  afterEach(async () => {
    warn.mockClear();
    await file.change(CONTENT);
  });

  afterAll(async () => {
    warn.mockRestore();
    await running.app.close();
    await file.remove();
  });

  const mint = (maxUses: number) => running.tempid.mint({ purpose: 'download', maxUses });
  const used = async (token: TempID<null>) => (await running.tempid.usesInfo(token)).used;
  const get = (path: string, token: TempID<null>, range?: string, headers = {}) =>
    running.send(`/${path}?token=${token}`, {
      headers: { ...(range !== undefined && { range }), ...headers },
      redirect: 'manual',
    });

  it('a resumable download counts one use, however often it breaks off', async () => {
    const token = await mint(1);
    const whole = await get('file', token);
    expect(whole).toMatchObject({ status: 200, body: CONTENT });
    const etag = whole.headers.get('etag') ?? '';
    for (const [range, length] of [
      ['bytes=1-', 999],
      ['bytes=400-', 600],
      ['bytes=400-499', 100],
      ['bytes=999-2000', 1],
    ] as const) {
      for (const headers of [{}, { 'if-range': etag }]) {
        const part = await get('file', token, range, headers);
        expect(part).toMatchObject({ status: 206, body: 'b'.repeat(length) });
        expect(part.headers.get('cache-control')).toBe('no-store');
      }
    }
    expect(await used(token)).toBe(1);
    expect(await get('file', token)).toMatchObject({ status: 401 });
  });

  it('a later part of a resumable download that nobody has begun counts a use as well', async () => {
    const token = await mint(2);
    expect(await get('file', token, 'bytes=1-')).toMatchObject({ status: 206 });
    expect(await used(token)).toBe(1);
    expect(await get('file', token, 'bytes=1-')).toMatchObject({ status: 206 });
    expect(await used(token)).toBe(1);
    expect(await get('file', token)).toMatchObject({ status: 200 });
    expect(await used(token)).toBe(2);
  });

  it.each([
    'bytes=0-',
    'bytes=0-1',
    'bytes=00-',
    'bytes=-500',
    'bytes=1-2,0-0',
    'bytes=1-2, 3-4',
    'bytes=-1-2',
    'bytes=5-4',
    'bytes=1',
    'bytes= 1-',
    ' bytes=1-2,',
    'bytes =1-',
    'Bytes=1-',
    'items=1-',
    'bytes=1-a',
    'bytes=0x1-',
    'bytes=+1-',
    'bytes=1e1-',
    'bytes=9999999999999999999-',
    'garbage',
  ])('a part that might begin with the first byte counts a use: %s', async (range) => {
    const token = await mint(2);
    await get('file', token);
    await get('file', token, range);
    expect(await used(token)).toBe(2);
    expect(await get('file', token, range)).toMatchObject({
      status: 401,
      body: { code: 'TEMPID_EXHAUSTED' },
    });
  });

  it('a part is refused where the token is refused for another reason', async () => {
    const revoked = await mint(1);
    await get('file', revoked);
    await running.tempid.revoke(revoked);
    expect(await get('file', revoked, 'bytes=1-')).toMatchObject({
      status: 401,
      body: { code: 'TEMPID_REVOKED' },
    });
    const other = await running.tempid.mint({ purpose: 'other', maxUses: 1 });
    expect(await get('file', other, 'bytes=1-')).toMatchObject({
      status: 401,
      body: { code: 'TEMPID_SCOPE' },
    });
    const expired = await mint(1);
    await get('file', expired);
    const now = Date.now;
    Date.now = () => now() + 86_400_000;
    const late = get('file', expired, 'bytes=1-');
    expect(await late.finally(() => (Date.now = now))).toMatchObject({
      status: 401,
      body: { code: 'TEMPID_EXPIRED' },
    });
  });

  it('concurrent downloads never begin more often than there are uses, whatever parts are asked for', async () => {
    const token = await mint(10);
    const ranges = [undefined, 'bytes=0-', 'bytes=1-', 'bytes=-1000'];
    const answers = await concurrently(100, (index) => get('file', token, ranges[index % 4]));
    const begun = answers.filter(({ body }) => String(body).startsWith('A'));
    expect(begun.length).toBeLessThanOrEqual(10);
    expect(await used(token)).toBe(10);
  });

  it('each part counts a use where the route is not resumable, and where the request is no GET', async () => {
    const token = await mint(3);
    await get('plain', token);
    await get('plain', token, 'bytes=1-');
    expect(await used(token)).toBe(2);
    const init = { method: 'POST', headers: { range: 'bytes=1-' } };
    await running.send(`/of-class?token=${token}`, init);
    expect(await used(token)).toBe(3);
    expect(await get('of-class', token, 'bytes=1-')).toMatchObject({ status: 206 });
    expect(await running.send(`/of-class?token=${token}`, init)).toMatchObject({ status: 401 });
  });

  it('a part of a file that has changed is answered 412, also with a false If-Range', async () => {
    const token = await mint(1);
    const etag = (await get('file', token)).headers.get('etag') ?? '';
    await file.change(`${CONTENT} and more`);
    const headers = { 'if-range': etag };
    expect(await get('file', token, 'bytes=400-', headers)).toMatchObject({
      status: 412,
      body: '',
    });
    expect(warn).not.toHaveBeenCalled();
    const lie = { 'if-range': '"what no file has"' };
    const answer = await get('file', token, 'bytes=1-', lie);
    expect(answer).toMatchObject({ status: 412, body: '' });
    expect([answer.headers.get('etag'), answer.headers.get('cache-control')]).toEqual([
      null,
      'no-store',
    ]);
  });

  it.each([
    ['streams the whole', 'whole', 200],
    ['returns the whole', 'text', 200],
    ['says a part, and gives the whole', 'parts', 206],
    ['redirects to the whole', 'elsewhere', 302],
  ])(
    'a part for which the handler %s is answered 412, and a warning names the handler',
    async (_, path, status) => {
      const token = await mint(1);
      expect(await get(path, token)).toMatchObject({ status });
      const answer = await get(path, token, 'bytes=1-');
      expect(answer).toMatchObject({ status: 412, body: '' });
      expect(answer.headers.get('location')).toBeNull();
      expect(warn.mock.calls).toEqual([
        [
          expect.stringMatching(
            new RegExp(`^ResumableController\\.${path} .* answered a Range with status ${status}`),
          ),
        ],
      ]);
    },
  );

  it('a part is recognized where the handler gives Node its headers as a list', async () => {
    const token = await mint(1);
    await get('file', token);
    expect(await get('by-turns', token, 'bytes=998-')).toMatchObject({ status: 206, body: 'bb' });
    expect(await get('in-pairs', token, 'bytes=998-')).toMatchObject({ status: 412, body: '' });
  });

  it('a bad range is answered with the error of the platform, and counts no use', async () => {
    const token = await mint(1);
    const etag = (await get('file', token)).headers.get('etag') ?? '';
    expect(await get('file', token, 'bytes=5000-')).toMatchObject({ status: 416 });
    expect(await get('file', token, 'bytes=1-', { 'if-match': '"other"' })).toMatchObject({
      status: 412,
    });
    expect(
      await get('file', token, 'bytes=1-', { 'if-none-match': etag, 'cache-control': 'max-age=0' }),
    ).toMatchObject({
      status: 304,
    });
    expect(await used(token)).toBe(1);
  });

  it.each([
    ['416', 'bytes=5000-', {}],
    ['412', undefined, { 'if-match': '"other"' }],
    ['412', undefined, { 'if-unmodified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' }],
  ])(
    'a use on success is counted for a range that the handler refuses: %s',
    async (status, range, headers) => {
      const token = await mint(2);
      const answer = await get('on-success', token, range, headers);
      expect(answer.status).toBe(Number(status));
      // A refund comes with the end of an answer, of which this one is another.
      expect(await get('on-success', token)).toMatchObject({ status: 200 });
      expect(await used(token)).toBe(2);
    },
  );
});

describe('the option resumable', () => {
  const controllerOf = (decorate: MethodDecorator, method: MethodDecorator): Type => {
    @Controller()
    class OddController {
      @method
      @decorate
      file(): void {}
    }
    return OddController;
  };

  it("'resumable' throws where no use is consumed, and where it is no boolean", () => {
    expect(() => UseTempID({ resumable: true })).toThrow(
      `The option 'resumable' of @UseTempID needs 'consume'`,
    );
    expect(() => UseTempID({ consume: true, resumable: 'yes' as never })).toThrow(
      `The option 'resumable' of @UseTempID must be true or false.`,
    );
  });

  it("'resumable' throws on links and codes", () => {
    expect(() => TempIDLink('file', { resumable: true } as object)).toThrow(
      `@TempIDLink has no option 'resumable'`,
    );
    expect(() => UseTempIDCode({ resumable: true } as object)).toThrow(
      `@UseTempIDCode has no option 'resumable'`,
    );
  });

  it("'resumable' is refused at the start on what is no GET", async () => {
    const option = UseTempID({ consume: true, resumable: true });
    await expect(startApp('Express', [controllerOf(option, Post('file'))])).rejects.toThrow(
      `OddController.file has the option 'resumable', which is for handlers of GET`,
    );
    const { app } = await startApp('Express', [controllerOf(option, Get('file'))]);
    await app.close();
  });
});

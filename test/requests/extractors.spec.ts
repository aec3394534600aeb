import { Controller, Get, Post } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CurrentTempID,
  fromCookie,
  fromHeader,
  fromQuery,
  type TempID,
  UseTempID,
} from '../../src/index.js';
import { json, PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { sendRaw } from '../support/request.js';

@Controller()
class ExtractController {
  @Get('query')
  @UseTempID()
  query(@CurrentTempID() token: TempID): string {
    return token.id;
  }

  @Post('body')
  @UseTempID()
  body(@CurrentTempID() token: TempID): string {
    return token.id;
  }

  @Get('param/:token')
  @UseTempID()
  param(@CurrentTempID() token: TempID): string {
    return token.id;
  }

  @Get('own')
  @UseTempID({ extract: [fromQuery('t'), ({ headers }) => headers['x-own']?.toString()] })
  own(@CurrentTempID() token: TempID): string {
    return token.id;
  }

  @Get('cookie')
  @UseTempID({ extract: fromCookie('__Host-token') })
  cookie(@CurrentTempID() token: TempID): string {
    return token.id;
  }
}

const extractCookie = (cookie: string) => {
  const context = new ExecutionContextHost([]);
  return fromCookie('a')({ headers: { cookie } }, context);
};

describe('fromCookie', () => {
  it.each([
    ['the value as it is', 'b=1; a=2; c=3', '2'],
    ['the first of two', 'a=1; a=2', '1'],
    ['what is between quotes', 'a="1 2"', '1 2'],
    ['a value with =', 'a=1=2==', '1=2=='],
    ['no spaces and tabs', '\t a \t=\t 1\t ;', '1'],
    ['one quote as it is', 'a="', '"'],
    ['spaces within quotes', 'a=" 1 "', ' 1 '],
    ['nothing of an empty value', 'a=; a=2', undefined],
    ['nothing of a name without a value', 'a; b', undefined],
    ['nothing of a name in capitals', 'A=1', undefined],
    ['other white space as part of a name', '\u00a0a=1;\u0085a=2;\u000ba=3;a\u00a0=4', undefined],
    ['other white space as part of a value', 'a=\u00a01\u00a0', '\u00a01\u00a0'],
  ])('fromCookie takes %s', (_what, cookie, value) => {
    expect(extractCookie(cookie)).toBe(value);
  });

  it('fromCookie takes as long as the header is, whatever it holds', () => {
    const spaces = ' '.repeat(2 ** 18);
    expect(extractCookie(`${spaces}b${spaces}c${spaces}=${spaces}1${spaces}2${spaces}`)).toBe(
      undefined,
    );
  });
});

describe.each(PLATFORMS)('where the guard looks for a token on %s', (platform) => {
  let running: RunningApp;
  let value: string;
  let id: string;
  const expectFound = (path: string, init?: RequestInit) =>
    expect(running.send(path, init)).resolves.toMatchObject({ body: id });
  const expectMissing = (path: string, init?: RequestInit) =>
    expect(running.send(path, init)).resolves.toMatchObject({
      status: 401,
      body: { code: 'TEMPID_MISSING' },
    });

  beforeAll(async () => {
    running = await startApp(platform, [ExtractController]);
    ({ value, id } = await running.tempid.mint());
  });

  afterAll(() => running.app.close());

  it('the guard finds a token in the query', () => expectFound(`/query?token=${value}`));

  it('the guard finds a token in X-Token', () =>
    expectFound('/query', { headers: { 'X-Token': value } }));

  it.each(['Bearer', 'bearer'])('the guard finds a token in Authorization: %s', (scheme) =>
    expectFound('/query', { headers: { Authorization: `${scheme} ${value}` } }),
  );

  it('the guard finds a token in the body', () => expectFound('/body', json({ token: value })));

  it('the guard finds a token in the route', () => expectFound(`/param/${value}`));

  it('the guard finds a token in the cookie that is named, and in none with another byte in its name', async () => {
    const askWith = (cookie: string) => sendRaw(`${running.url}/cookie`, [`Cookie: ${cookie}`]);
    expect(await askWith(` \t__Host-token \t= \t${value}\t ; b=c`)).toContain(id);
    for (const byte of ['\u00a0', '\u0085', '\u000b', '\u000c', '\u00ff']) {
      expect(await askWith(`${byte}__Host-token=${value}`)).not.toContain(id);
      expect(await askWith(`__Host-token${byte}=${value}`)).not.toContain(id);
    }
  });

  it('the guard takes the first of several tokens', () =>
    expectFound(`/query?token=${value}`, { headers: { 'X-Token': 'garbage' } }));

  it('the guard takes no token from another scheme, an empty text, a list or an object', async () => {
    await expectMissing('/query', { headers: { Authorization: `Basic ${value}` } });
    await expectMissing('/query?token=');
    await expectMissing(`/query?token=${value}&token=${value}`);
    await expectMissing('/body', json({ token: { value } }));
    await expectMissing('/body', json([value]));
  });

  it('the guard looks where a route says, and only there', async () => {
    await expectFound(`/own?t=${value}`);
    await expectFound('/own', { headers: { 'X-Own': value } });
    await expectMissing(`/own?token=${value}`);
  });
});

describe.each(PLATFORMS)('the option extract of the module on %s', (platform) => {
  it("the option 'extract' of the module says where the guard looks, unless the route says it", async () => {
    const running = await startApp(platform, [ExtractController], {
      extract: fromHeader('X-Invite'),
    });
    const { value, id } = await running.tempid.mint();
    expect((await running.send('/query', { headers: { 'x-invite': value } })).body).toBe(id);
    expect((await running.send(`/query?token=${value}`)).status).toBe(401);
    expect((await running.send(`/own?t=${value}`)).body).toBe(id);
    await running.app.close();
  });
});

import { Controller, Get, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CurrentTempID, fromHeader, fromQuery, type TempID, UseTempID } from '../../src/index.js';
import { json, PLATFORMS, type RunningApp, startApp } from '../support/http.js';

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
}

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

  it('finds it in the query', () => expectFound(`/query?token=${value}`));

  it('finds it in X-Token', () => expectFound('/query', { headers: { 'X-Token': value } }));

  it.each(['Bearer', 'bearer'])('finds it in Authorization: %s', (scheme) =>
    expectFound('/query', { headers: { Authorization: `${scheme} ${value}` } }),
  );

  it('finds it in the body', () => expectFound('/body', json({ token: value })));

  it('finds it in the route', () => expectFound(`/param/${value}`));

  it('takes the first of several', () =>
    expectFound(`/query?token=${value}`, { headers: { 'X-Token': 'garbage' } }));

  it('takes none from another scheme, an empty text, a list or an object', async () => {
    await expectMissing('/query', { headers: { Authorization: `Basic ${value}` } });
    await expectMissing('/query?token=');
    await expectMissing(`/query?token=${value}&token=${value}`);
    await expectMissing('/body', json({ token: { value } }));
    await expectMissing('/body', json([value]));
  });

  it('looks where a route says, and only there', async () => {
    await expectFound(`/own?t=${value}`);
    await expectFound('/own', { headers: { 'X-Own': value } });
    await expectMissing(`/own?token=${value}`);
  });
});

describe.each(PLATFORMS)('the option extract of the module on %s', (platform) => {
  it('says where the guard looks, unless the route says it', async () => {
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

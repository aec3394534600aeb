import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { Controller, HttpCode, Post } from '@nestjs/common';
import {
  CurrentTempID,
  TempIDCodeError,
  TempIDExhaustedError,
  TempIDRevokedError,
  UseTempIDCode,
} from '../../src/index.js';
import { concurrently } from '../../src/testing/support.js';
import { setClock } from '../support/clock.js';
import { json, PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { createService } from '../support/service.js';
import { wrongCode } from './wrong-code.js';

const LOGIN = { purpose: 'login', subject: 'ada' };
const runs: boolean[] = [];

@Controller()
class LoginController {
  @Post('login')
  @HttpCode(200)
  @UseTempIDCode({ purpose: 'login', grace: '10s', window: '1h' })
  login(@CurrentTempID('repeated') repeated: boolean): object {
    runs.push(repeated);
    return { repeated };
  }

  @Post('once')
  @HttpCode(200)
  @UseTempIDCode({ purpose: 'login' })
  once(): string {
    return 'in';
  }
}

describe.each(PLATFORMS)('the grace of a code on %s', (platform) => {
  let running: RunningApp;

  const asked = async (maxAttempts = 5) => {
    const subject = `user-${Math.random()}`;
    const options = { ...LOGIN, subject, maxAttempts };
    const { code, challenge } = await running.tempid.mintCode(options);
    const enter = (typed: string, more: object = {}, path = '/login') =>
      running.send(path, json({ challenge: challenge.value, code: typed, ...more }));
    const status = async (...args: Parameters<typeof enter>) => (await enter(...args)).status;
    const left = () => running.tempid.attemptsInfo(challenge, { window: '1h' });
    return { code, challenge, enter, status, left };
  };

  beforeAll(async () => {
    running = await startApp(platform, [LoginController]);
  });

  beforeEach(() => {
    runs.length = 0;
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(() => running.app.close());

  it.each([1, 5])(
    'the same form with the right code is let through again (attempts: %i)',
    async (maxAttempts) => {
      const { code, enter } = await asked(maxAttempts);
      const bodies = [];
      for (let time = 0; time < 4; time++) bodies.push((await enter(code)).body);
      expect(bodies).toEqual([false, true, true, true].map((repeated) => ({ repeated })));
    },
  );

  it('forms that come at once are let through, one of them as the first', async () => {
    const { code, enter } = await asked();
    const answers = await concurrently(5, () => enter(code));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200));
    expect(runs.filter((repeated) => !repeated)).toHaveLength(1);
  });

  it('a challenge that was answered has no attempt left, and its subject has all', async () => {
    const { code, status, left } = await asked();
    await status(code);
    await status(code);
    expect(await left()).toEqual({
      left: 0,
      challenge: { total: 5, used: 5, left: 0 },
      subject: { total: 5, used: 0, left: 5 },
    });
  });

  it('the right code in another form, or by another route, ends the grace', async () => {
    for (const end of [[{ more: 1 }], [{}, '/once']] as [object, string?][]) {
      const { code, enter, status } = await asked();
      expect(await status(code)).toBe(200);
      expect((await enter(code, ...end)).body).toMatchObject({ code: 'TEMPID_EXHAUSTED' });
      expect((await enter(code)).body).toMatchObject({ code: 'TEMPID_EXHAUSTED' });
    }
  });

  it('a wrong code within the grace is told nothing, and ends it', async () => {
    const { code, enter, status } = await asked();
    expect(await status(code)).toBe(200);
    const wrong = await enter(wrongCode(code));
    expect(wrong).toMatchObject({ status: 401, body: { code: 'TEMPID_EXHAUSTED' } });
    expect(wrong.body).not.toHaveProperty('attemptsLeft');
    expect((await enter(code)).body).toMatchObject({ code: 'TEMPID_EXHAUSTED' });
  });

  it('a wrong code costs an attempt as without grace, and the last one ends the challenge', async () => {
    const { code, enter } = await asked(2);
    const wrong = wrongCode(code);
    expect((await enter(wrong)).body).toMatchObject({ code: 'TEMPID_CODE', attemptsLeft: 1 });
    expect((await enter(wrong)).body).toMatchObject({ code: 'TEMPID_EXHAUSTED' });
    expect((await enter(code)).body).toMatchObject({ code: 'TEMPID_EXHAUSTED' });
  });

  it('the right form after the grace is refused, and so is every later one', async () => {
    const { code, status, enter } = await asked();
    expect(await status(code)).toBe(200);
    setClock(Date.now() + 10_001);
    expect((await enter(code)).body).toMatchObject({ code: 'TEMPID_EXHAUSTED' });
    jest.restoreAllMocks();
    expect(await status(code)).toBe(401);
  });

  it('a challenge that was revoked is not let through within the grace', async () => {
    const { code, challenge, status, enter } = await asked();
    expect(await status(code)).toBe(200);
    await running.tempid.revoke(challenge);
    expect((await enter(code)).status).toBe(401);
  });
});

describe('codes that the same one may send again', () => {
  const AGAIN = { ...LOGIN, by: 'ada', repeat: '10s' } as const;

  it('no more codes are compared than there are attempts, however many come before, with and after the right one', async () => {
    for (let round = 0; round < 20; round++) {
      const tempid = createService();
      const { code, challenge } = await tempid.mintCode({ ...LOGIN, maxAttempts: 5 });
      const wrong = wrongCode(code);
      const compared: unknown[] = [];
      const guess = async (typed: string) => {
        try {
          await tempid.verifyCodeOrThrow(challenge.value, typed, AGAIN);
        } catch (error) {
          if (error instanceof TempIDCodeError) compared.push(error);
          else if (!(error instanceof TempIDExhaustedError)) throw error;
        }
      };
      await concurrently(60, (index) => guess(index % 3 === round % 3 ? code : wrong));
      // The last of five is told that there is none left.
      expect(compared.length).toBeLessThanOrEqual(4);
      expect(await tempid.verifyCode(challenge.value, wrong, AGAIN)).toBeNull();
      expect(await tempid.verifyCode(challenge.value, code, AGAIN)).toBeNull();
    }
  });

  it('another one with the right code is refused', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode(LOGIN);
    const verify = (by: string) => tempid.verifyCode(challenge.value, code, { ...AGAIN, by });
    expect([await verify('a'), await verify('b'), await verify('a')].map(Boolean)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('the right code is right once where it is not said that it may come again', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode(LOGIN);
    const verify = () => tempid.verifyCode(challenge.value, code, { ...LOGIN, by: 'ada' });
    expect([await verify(), await verify()].map(Boolean)).toEqual([true, false]);
  });

  it('a challenge that was revoked says so to the one who has not answered it', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode(LOGIN);
    await tempid.revoke(challenge);
    const verify = tempid.verifyCodeOrThrow(challenge.value, code, AGAIN);
    await expect(verify).rejects.toThrow(TempIDRevokedError);
  });
});

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  TempIDConfigurationError,
  TempIDScopeError,
  type TempIDService,
  TempIDStoreUnavailableError,
  TempIDTamperedError,
} from '../../src/index.js';
import { BrokenStore } from '../support/broken-store.js';
import { MINUTE, NOW, setClock } from '../support/clock.js';
import { OLD_SECRET } from '../support/secrets.js';
import { createService } from '../support/service.js';
import { wrongCode } from './wrong-code.js';

const HOURLY = { purpose: 'login', window: '1h' } as const;
const WINDOW = { window: '1h' } as const;

describe('attemptsInfo', () => {
  let tempid: TempIDService;

  beforeEach(() => {
    setClock(NOW);
    tempid = createService();
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  const ask = () => tempid.mintCode({ purpose: 'login', subject: '42', maxAttempts: 5 });

  /** Asks for a challenge of its own, and is wrong. */
  const guess = async (times = 1) => {
    const { code, challenge } = await ask();
    for (let attempt = 0; attempt < times; attempt++) {
      await tempid.verifyCode(challenge, wrongCode(code), HOURLY);
    }
    return challenge;
  };

  const uses = (used: number, total = 5) => ({ total, used, left: total - used });

  it('says of a second challenge that its subject has fewer attempts, before one is made', async () => {
    await guess(3);
    const { challenge } = await ask();
    const info = { left: 2, challenge: uses(0), subject: uses(3) };
    expect(await tempid.attemptsInfo(challenge, WINDOW)).toEqual(info);
    expect(await tempid.attemptsInfo(challenge.value, WINDOW)).toEqual(info);
  });

  it('agrees with attemptsLeft of the wrong code that comes next', async () => {
    await guess(2);
    const { code, challenge } = await ask();
    const trial = tempid.verifyCodeOrThrow(challenge, wrongCode(code), HOURLY);
    await expect(trial).rejects.toMatchObject({ code: 'TEMPID_CODE', attemptsLeft: 2 });
    expect(await tempid.attemptsInfo(challenge, WINDOW)).toEqual({
      left: 2,
      challenge: uses(1),
      subject: uses(3),
    });
  });

  it('counts nothing, so that the right code has every attempt', async () => {
    const { code, challenge } = await ask();
    for (let look = 0; look < 10; look++) await tempid.attemptsInfo(challenge, WINDOW);
    expect(await tempid.attemptsInfo(challenge, WINDOW)).toMatchObject({ left: 5 });
    expect(await tempid.verifyCode(challenge, code, HOURLY)).not.toBeNull();
  });

  it('leaves the subject out without a window, and has as many attempts as the window names', async () => {
    const challenge = await guess(2);
    expect(await tempid.attemptsInfo(challenge)).toEqual({
      left: 3,
      challenge: uses(2),
      subject: null,
    });
    const window = { length: '1h', attempts: 20 } as const;
    expect(await tempid.attemptsInfo(challenge, { window })).toEqual({
      left: 3,
      challenge: uses(2),
      subject: uses(2, 20),
    });
  });

  it('has none left where the subject has none, and again when the window is over', async () => {
    await guess(5);
    const { challenge } = await ask();
    expect(await tempid.attemptsInfo(challenge, WINDOW)).toMatchObject({ left: 0 });
    setClock(NOW + 60 * MINUTE);
    expect(await tempid.attemptsInfo(challenge, WINDOW)).toMatchObject({ left: 5 });
  });

  it('has none left where the challenge was answered, and the subject has the attempt back', async () => {
    const { code, challenge } = await ask();
    await tempid.verifyCode(challenge, code, HOURLY);
    expect(await tempid.attemptsInfo(challenge, WINDOW)).toEqual({
      left: 0,
      challenge: uses(5),
      subject: uses(0),
    });
  });

  it('rejects for a token that is no challenge, and for one of another secret', async () => {
    const token = await tempid.mint({ purpose: 'login', subject: '42', maxUses: 5 });
    await expect(tempid.attemptsInfo(token, WINDOW)).rejects.toThrow(TempIDScopeError);
    const bound = await tempid.mint({ purpose: 'login', maxUses: 5, boundTo: '123456' });
    await expect(tempid.attemptsInfo(bound)).rejects.toThrow(TempIDScopeError);
    const forged = await createService({ secret: OLD_SECRET }).mintCode({ purpose: 'login' });
    await expect(tempid.attemptsInfo(forged.challenge)).rejects.toThrow(TempIDTamperedError);
  });

  it('rejects for options that verifyCode rejects as well', async () => {
    const { challenge } = await ask();
    const options = [{ window: '53w' }, { window: '' }, { windows: '1h' }, { window: null }];
    for (const wrong of options) {
      const info = tempid.attemptsInfo(challenge, wrong as never);
      await expect(info).rejects.toThrow(TempIDConfigurationError);
    }
    const nobodys = await tempid.mintCode({ purpose: 'login' });
    await expect(tempid.attemptsInfo(nobodys.challenge, WINDOW)).rejects.toThrow(`'subject'`);
  });

  it('rejects where the store cannot answer', async () => {
    const { challenge } = await ask();
    const broken = createService({}, new BrokenStore());
    await expect(broken.attemptsInfo(challenge.value, WINDOW)).rejects.toThrow(
      TempIDStoreUnavailableError,
    );
  });
});

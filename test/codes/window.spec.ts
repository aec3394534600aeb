import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  MemoryTempIDStore,
  type MintedCode,
  TempIDConfigurationError,
  TempIDExhaustedError,
  type TempIDService,
  type VerifyCodeOptions,
} from '../../src/index.js';
import { MINUTE, NOW, setClock } from '../support/clock.js';
import { OLD_SECRET, SECRET } from '../support/secrets.js';
import { createService } from '../support/service.js';
import { wrongCode } from './wrong-code.js';

const HOUR = 60 * MINUTE;
const HOURLY: VerifyCodeOptions = { purpose: 'login', window: '1h' };

afterEach(() => {
  jest.restoreAllMocks();
});

function ask(tempid: TempIDService, subject = '42'): Promise<MintedCode> {
  return tempid.mintCode({ purpose: 'login', subject, maxAttempts: 3 });
}

/** Asks for a new challenge, and guesses: how many attempts are left, or 0. */
async function guess(tempid: TempIDService, subject = '42', options = HOURLY): Promise<number> {
  const { code, challenge } = await ask(tempid, subject);
  const trial = tempid.verifyCodeOrThrow(challenge.value, wrongCode(code), options);
  const error: unknown = await trial.catch((thrown: unknown) => thrown);
  if (error instanceof TempIDExhaustedError) return 0;
  return (error as { attemptsLeft: number }).attemptsLeft;
}

describe('attempts that are counted for a subject', () => {
  it('attempts of a subject do not grow with its challenges', async () => {
    setClock(NOW);
    const tempid = createService();
    const left = [];
    for (let round = 0; round < 5; round++) left.push(await guess(tempid));
    expect(left).toEqual([2, 1, 0, 0, 0]);
    const { code, challenge } = await ask(tempid);
    await expect(tempid.verifyCodeOrThrow(challenge, code, HOURLY)).rejects.toThrow(
      TempIDExhaustedError,
    );
  });

  it('a window allows as many attempts as it names', async () => {
    setClock(NOW);
    const tempid = createService();
    const options: VerifyCodeOptions = { purpose: 'login', window: { length: '1h', attempts: 4 } };
    const left = [];
    for (let round = 0; round < 6; round++) left.push(await guess(tempid, '42', options));
    expect(left).toEqual([2, 2, 1, 0, 0, 0]);
  });

  it.each([
    [{ length: '1h', attempts: 0 }, `'window.attempts' must be a whole number from 1.`],
    [{ length: '1h' }, `'window.attempts' must be a whole number from 1.`],
    [{ attempts: 5 }, `'window.length' must be a whole number and one of s, m, h, d, w`],
    [{ length: '53w', attempts: 5 }, `'window.length' must be from '1s' to '52w'.`],
    [{ length: '1h', attempts: 5, per: 'ip' }, `window has no option 'per'`],
  ])('verifyCode rejects for the window %j', async (window, message) => {
    const tempid = createService();
    const { code, challenge } = await ask(tempid);
    const options = { purpose: 'login', window } as never;
    await expect(tempid.verifyCode(challenge, code, options)).rejects.toThrow(message);
  });

  it('a window allows no more attempts than the challenge has', async () => {
    setClock(NOW);
    const tempid = createService();
    const { code, challenge } = await ask(tempid);
    const trial = () => tempid.verifyCode(challenge, wrongCode(code), { purpose: 'login' });
    await trial();
    await trial();
    await expect(tempid.verifyCodeOrThrow(challenge, wrongCode(code), HOURLY)).rejects.toThrow(
      TempIDExhaustedError,
    );
  });

  it('attempts are counted for one subject, purpose, audience and length of window', async () => {
    setClock(NOW);
    const tempid = createService();
    for (let round = 0; round < 3; round++) await guess(tempid);
    expect(await guess(tempid)).toBe(0);
    expect(await guess(tempid, '43')).toBe(2);
    expect(await guess(tempid, '42', { ...HOURLY, window: '2h' })).toBe(2);
    const scope = { purpose: 'pay', audience: 'app' };
    const other = await tempid.mintCode({ ...scope, subject: '42', maxAttempts: 3 });
    expect(
      await tempid.verifyCode(other.challenge, other.code, { ...scope, window: '1h' }),
    ).not.toBeNull();
  });

  it('attempts come back when the window has passed', async () => {
    setClock(NOW);
    const tempid = createService();
    for (let round = 0; round < 3; round++) await guess(tempid);
    expect(await guess(tempid)).toBe(0);
    setClock(NOW + HOUR);
    expect(await guess(tempid)).toBe(2);
  });

  it('any hour has at most twice the attempts of a window of an hour, and the long run has no more', async () => {
    const tempid = createService();
    const compared: number[] = [];
    const hours = 12;
    for (let minute = 0; minute < hours * 60; minute += 5) {
      setClock(NOW + minute * MINUTE);
      for (let round = 0; round < 4; round++) {
        const { code, challenge } = await ask(tempid);
        const isRight = await tempid.verifyCode(challenge, code, { ...HOURLY, window: '1h' });
        // A right code is refunded, so that a wrong one tells whether it would have been compared.
        if (isRight && (await guess(tempid)) >= 0) compared.push(minute);
      }
    }
    const inAnHourFrom = (start: number) =>
      compared.filter((minute) => minute >= start && minute < start + 60).length;
    expect(Math.max(...compared.map(inAnHourFrom))).toBeLessThanOrEqual(6);
    expect(compared.length).toBeLessThanOrEqual((hours + 1) * 3);
    expect(compared.length).toBeGreaterThanOrEqual((hours - 1) * 3);
  });

  it('windows of different subjects begin at different moments', async () => {
    const tempid = createService();
    const subjects = Array.from({ length: 20 }, (_, index) => `subject ${index}`);
    setClock(NOW);
    for (const subject of subjects) await guess(tempid, subject);
    const back = new Set<number>();
    for (const subject of subjects) {
      let minutes = 0;
      do setClock(NOW + ++minutes * MINUTE);
      while (!(await isFresh(tempid, subject)));
      back.add(minutes);
    }
    expect(back.size).toBeGreaterThan(5);
  });

  it('a right code counts no attempt of the window, and refunds none', async () => {
    setClock(NOW);
    const tempid = createService();
    await guess(tempid);
    await guess(tempid);
    for (let round = 0; round < 10; round++) {
      const { code, challenge } = await ask(tempid);
      expect(await tempid.verifyCode(challenge, code, HOURLY)).not.toBeNull();
    }
    expect(await guess(tempid)).toBe(0);
    const { code, challenge } = await ask(tempid);
    expect(await tempid.verifyCode(challenge, code, HOURLY)).toBeNull();
  });

  it('a code that was right before refunds no attempt', async () => {
    setClock(NOW);
    const tempid = createService();
    const { code, challenge } = await ask(tempid);
    for (let round = 0; round < 5; round++) await tempid.verifyCode(challenge, code, HOURLY);
    expect(await guess(tempid)).toBe(2);
  });

  it('verifyCode rejects for a window where the challenge has no subject, and counts no attempt', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode({ purpose: 'login' });
    const trial = tempid.verifyCode(challenge, code, HOURLY);
    await expect(trial).rejects.toThrow(TempIDConfigurationError);
    await expect(trial).rejects.toThrow(`'subject'`);
    expect((await tempid.usesInfo(challenge)).used).toBe(0);
  });

  it.each(['0s', '53w', '1 hour', 3_600, ''])(
    'verifyCode rejects for the length of window %p',
    async (window) => {
      const tempid = createService();
      const { code, challenge } = await ask(tempid);
      await expect(
        tempid.verifyCode(challenge, code, { ...HOURLY, window: window as '1h' }),
      ).rejects.toThrow(`'window'`);
    },
  );
});

describe('the id under which a store counts the attempts of a subject', () => {
  it('the id of a window looks like that of a token, differs by secret, and is kept as long as the window', async () => {
    setClock(NOW);
    const seen = new Map<string, string>();
    for (const secret of [SECRET, OLD_SECRET]) {
      const store = new ListeningStore();
      await guess(createService({ secret }, store));
      const [token, window] = store.ids;
      expect(token).toMatch(/^[\w-]{32}$/);
      expect(window).toMatch(/^[\w-]{32}$/);
      seen.set(window ?? '', secret);
      await store.purgeExpired(new Date(NOW + HOUR));
      expect(await store.used(window ?? '')).toBe(1);
      await store.purgeExpired(new Date(NOW + 2 * HOUR + 2 * MINUTE));
      expect(store.size).toBe(0);
    }
    expect(seen.size).toBe(2);
  });
});

/** Whether a window of the subject begins anew, asked for by a code that is right and so costs nothing. */
async function isFresh(tempid: TempIDService, subject: string): Promise<boolean> {
  const { code, challenge } = await tempid.mintCode({ purpose: 'login', subject, maxAttempts: 1 });
  return (await tempid.verifyCode(challenge, code, HOURLY)) !== null;
}

class ListeningStore extends MemoryTempIDStore {
  readonly ids: string[] = [];

  override async consume(id: string, maxUses: number, keepUntil: Date) {
    this.ids.push(id);
    return super.consume(id, maxUses, keepUntil);
  }
}

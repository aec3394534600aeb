import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import {
  MemoryTempIDStore,
  type MintedCode,
  TempIDCodeError,
  TempIDConfigurationError,
  TempIDExhaustedError,
  TempIDExpiredError,
  TempIDFormatError,
  TempIDNotYetValidError,
  TempIDRevokedError,
  TempIDScopeError,
  TempIDStoreUnavailableError,
  TempIDTamperedError,
} from '../../src/index.js';
import { BrokenStore } from '../support/broken-store.js';
import { MINUTE, NOW, setClock } from '../support/clock.js';
import { OLD_SECRET, SECRET } from '../support/secrets.js';
import { createService } from '../support/service.js';
import { wrongCode } from './wrong-code.js';

const LOGIN = { purpose: 'login' };

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a right code', () => {
  it('verifyCode resolves to the challenge and its payload for the right code', async () => {
    const tempid = createService();
    const options = { ...LOGIN, subject: '42', payload: { next: '/home' } };
    const { code, challenge } = await tempid.mintCode(options);
    const verified = await tempid.verifyCode(challenge.value, code, LOGIN);
    expect(verified?.equals(challenge)).toBe(true);
    expect(verified).toMatchObject({ subject: '42', payload: { next: '/home' } });
  });

  it('verifyCode refuses a challenge that was answered, as one that is used up', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode(LOGIN);
    expect(await tempid.verifyCode(challenge, code, LOGIN)).not.toBeNull();
    for (const again of [code, wrongCode(code), code]) {
      const retry = tempid.verifyCodeOrThrow(challenge, again, LOGIN);
      await expect(retry).rejects.toThrow(TempIDExhaustedError);
    }
    expect(await tempid.verifyCode(challenge, code, LOGIN)).toBeNull();
    expect((await tempid.usesInfo(challenge)).left).toBe(0);
  });

  it('verifyCode accepts the right code at the last attempt', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode({ maxAttempts: 2 });
    expect(await tempid.verifyCode(challenge, wrongCode(code))).toBeNull();
    expect(await tempid.verifyCode(challenge, code)).not.toBeNull();
  });

  it('verifyCode accepts the code of a challenge with one attempt once', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode({ maxAttempts: 1 });
    expect(await tempid.verifyCode(challenge, code)).not.toBeNull();
    expect(await tempid.verifyCode(challenge, code)).toBeNull();
  });

  it('verifyCode accepts a code once after the secret was rotated', async () => {
    const store = new MemoryTempIDStore();
    const before = createService({ secret: OLD_SECRET }, store);
    const after = createService({ secret: [SECRET, OLD_SECRET] }, store);
    const { code, challenge } = await before.mintCode(LOGIN);
    const answers = await Promise.all(
      [before, after].map((tempid) => tempid.verifyCode(challenge.value, code, LOGIN)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
  });
});

describe('a wrong code', () => {
  it('a wrong code counts an attempt, and TempIDCodeError tells how many are left', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode({ ...LOGIN, maxAttempts: 3 });
    const guess = () => tempid.verifyCodeOrThrow(challenge, wrongCode(code), LOGIN);
    await expect(guess()).rejects.toMatchObject({ code: 'TEMPID_CODE', attemptsLeft: 2 });
    await expect(guess()).rejects.toThrow(TempIDCodeError);
    await expect(guess()).rejects.toThrow(TempIDExhaustedError);
    await expect(tempid.verifyCodeOrThrow(challenge, code, LOGIN)).rejects.toThrow(
      TempIDExhaustedError,
    );
    expect(await tempid.usesInfo(challenge)).toEqual({ total: 3, used: 3, left: 0 });
  });

  it('the error of a wrong code holds neither the code nor the challenge', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode(LOGIN);
    const guess = wrongCode(code);
    const error: unknown = await tempid
      .verifyCodeOrThrow(challenge, guess, LOGIN)
      .catch((thrown: unknown) => thrown);
    expect(String(error)).toBe('TempIDCodeError: The code is not right.');
    expect(JSON.stringify(error)).not.toContain(code);
  });

  it.each<[string, unknown]>([
    ['is empty', ''],
    ['is nothing but separators', ' - '],
    ['is no string', 123_456],
    ['is missing', undefined],
    ['is an object', { toString: () => '123456' }],
    ['is too short', '12345'],
    ['is a lone surrogate', '\ud800'],
    ['expands under normalisation', '\ufdfa'.repeat(128)],
    ['is followed by more than a code has', `123456${' '.repeat(200)}`],
  ])('a code that %s counts an attempt', async (_, typed) => {
    const tempid = createService();
    const { challenge } = await tempid.mintCode(LOGIN);
    const trial = tempid.verifyCodeOrThrow(challenge, typed as string, LOGIN);
    await expect(trial).rejects.toMatchObject({ code: 'TEMPID_CODE', attemptsLeft: 4 });
  });

  it('a huge code is not normalized', async () => {
    const tempid = createService();
    const { challenge } = await tempid.mintCode({ digits: 12, maxAttempts: 1_000 });
    const huge = '1 '.repeat(10_000_000);
    const normalize = jest.spyOn(String.prototype, 'normalize');
    expect(await tempid.verifyCode(challenge, '1'.repeat(12))).toBeNull();
    expect(normalize).toHaveBeenCalled();
    normalize.mockClear();
    expect(await tempid.verifyCode(challenge, huge)).toBeNull();
    expect(normalize).not.toHaveBeenCalled();
  });
});

describe('a bad challenge', () => {
  const bad = async (mint: MintedCode, options: object) => {
    const tempid = createService();
    return tempid.verifyCodeOrThrow(mint.challenge.value, mint.code, options);
  };

  it.each([
    ['another purpose', { purpose: 'login' }, { purpose: 'pay' }],
    ['no purpose', { purpose: 'login' }, {}],
    ['a purpose that it has not', {}, { purpose: 'login' }],
    ['another audience', { audience: 'web' }, { audience: 'app' }],
    ['another subject', { subject: '42' }, { subject: '43' }],
    ['a subject that is undefined', { subject: '42' }, { subject: undefined }],
  ])(
    'a challenge is refused where %s is asked for, and loses no attempt',
    async (_, minting, verifying) => {
      const tempid = createService();
      const minted = await tempid.mintCode(minting);
      const trial = tempid.verifyCodeOrThrow(minted.challenge, minted.code, verifying);
      await expect(trial).rejects.toThrow(TempIDScopeError);
      expect((await tempid.usesInfo(minted.challenge)).used).toBe(0);
    },
  );

  it('verifyCode refuses a challenge that is expired, not valid yet or of another issuer', async () => {
    setClock(NOW);
    const tempid = createService();
    const expired = await tempid.mintCode({ expiresIn: '5m' });
    const early = await tempid.mintCode({ notBefore: new Date(NOW + 7 * MINUTE) });
    setClock(NOW + 6 * MINUTE);
    await expect(bad(expired, {})).rejects.toThrow(TempIDExpiredError);
    await expect(bad(early, {})).rejects.toThrow(TempIDNotYetValidError);
    const foreign = createService({ issuer: 'other' });
    const trial = foreign.verifyCodeOrThrow(early.challenge.value, early.code);
    await expect(trial).rejects.toBeInstanceOf(TempIDNotYetValidError);
    setClock(NOW + 8 * MINUTE);
    await expect(foreign.verifyCodeOrThrow(early.challenge.value, early.code)).rejects.toThrow(
      TempIDScopeError,
    );
  });

  it('verifyCode refuses a forged challenge and garbage without asking the store', async () => {
    const store = new BrokenStore();
    const tempid = createService({}, store);
    const foreign = await createService({ secret: OLD_SECRET }).mintCode();
    const { value } = foreign.challenge;
    await expect(tempid.verifyCodeOrThrow(value, foreign.code)).rejects.toThrow(
      TempIDTamperedError,
    );
    await expect(tempid.verifyCodeOrThrow('garbage', '123456')).rejects.toThrow(TempIDFormatError);
    for (const nothing of [undefined, null, 7, {}, '']) {
      expect(await tempid.verifyCode(nothing as string, '123456')).toBeNull();
    }
    expect(store.asked).toBe(0);
  });

  it('verifyCode refuses a token that is no challenge, also with the text that it is bound to', async () => {
    const tempid = createService();
    const tokens = [
      await tempid.mint({ maxUses: 5 }),
      await tempid.mint({ boundTo: '123456' }),
      await tempid.mint({ maxUses: 5, boundTo: '123456' }),
      await tempid.mint({ maxUses: 5, boundTo: '\u00ffnestjs-tempid code\u0000123456' }),
    ];
    for (const token of tokens) {
      expect(await tempid.verifyCode(token.value, '123456')).toBeNull();
      expect(await tempid.verifyCode(token, '123456')).toBeNull();
    }
    for (const unbound of tokens.slice(0, 2)) {
      await expect(tempid.verifyCodeOrThrow(unbound, '123456')).rejects.toThrow(TempIDScopeError);
      expect((await tempid.usesInfo(unbound)).used ?? 0).toBe(0);
    }
  });

  it('a code in the place of the challenge is refused, and the challenge in the place of the code is wrong', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode();
    await expect(tempid.verifyCodeOrThrow(code, challenge.value)).rejects.toThrow(
      TempIDFormatError,
    );
    expect(await tempid.verifyCode(challenge.value, challenge.value)).toBeNull();
  });

  it('verifyCodeOrThrow throws TempIDRevokedError for a revoked challenge', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode();
    await tempid.revoke(challenge);
    await expect(tempid.verifyCodeOrThrow(challenge, code)).rejects.toThrow(TempIDRevokedError);
  });
});

describe('the options of verifying a code', () => {
  it.each([{ boundTo: 'hash' }, { checkUses: true }, { manager: {} }, { purpos: 'login' }])(
    'verifyCode rejects for the option %p',
    async (options: object) => {
      const tempid = createService();
      const { code, challenge } = await tempid.mintCode();
      await expect(tempid.verifyCode(challenge, code, options)).rejects.toThrow(
        TempIDConfigurationError,
      );
    },
  );
});

describe('a store', () => {
  it('a store that cannot answer lets no code through, and no code counts as wrong', async () => {
    const { code, challenge } = await createService().mintCode({ subject: '42' });
    const tempid = createService({}, new BrokenStore());
    for (const typed of [code, wrongCode(code)]) {
      await expect(tempid.verifyCode(challenge.value, typed)).rejects.toThrow(
        TempIDStoreUnavailableError,
      );
      await expect(tempid.verifyCode(challenge.value, typed, { window: '1h' })).rejects.toThrow(
        TempIDStoreUnavailableError,
      );
    }
  });

  it('a store that breaks between the attempt and the end of the challenge lets no code through', async () => {
    const store = new BreakingStore();
    const tempid = createService({}, store);
    const { code, challenge } = await tempid.mintCode();
    store.answers = 1;
    await expect(tempid.verifyCode(challenge, code)).rejects.toThrow(TempIDStoreUnavailableError);
    store.answers = Number.POSITIVE_INFINITY;
    expect(await tempid.verifyCode(challenge, code)).not.toBeNull();
  });

  it('a store that breaks after the end of the challenge has let one code through, and lets no other', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const store = new BreakingStore();
    const tempid = createService({}, store);
    const { code, challenge } = await tempid.mintCode();
    store.answers = 2;
    expect(await tempid.verifyCode(challenge, code)).not.toBeNull();
    expect(log.mock.calls.map(String)).toEqual([
      expect.stringMatching(/^BreakingStore does not answer, .*: no connection$/),
    ]);
    expect(String(log.mock.calls)).not.toContain(challenge.value);
    store.answers = Number.POSITIVE_INFINITY;
    await expect(tempid.verifyCodeOrThrow(challenge, code)).rejects.toThrow(TempIDExhaustedError);
  });

  it('a store keeps the end of a challenge as long as its attempts', async () => {
    setClock(NOW);
    const store = new MemoryTempIDStore();
    const tempid = createService({}, store);
    const { code, challenge } = await tempid.mintCode({ expiresIn: '5m' });
    await tempid.verifyCode(challenge, code);
    await store.purgeExpired(new Date(NOW + 64 * MINUTE));
    expect(store.size).toBe(2);
    await store.purgeExpired(new Date(NOW + 67 * MINUTE));
    expect(store.size).toBe(0);
  });
});

/** Counts in memory, and breaks after so many answers. */
class BreakingStore extends MemoryTempIDStore {
  answers = Number.POSITIVE_INFINITY;

  override async consume(id: string, maxUses: number, keepUntil: Date) {
    this.answer();
    return super.consume(id, maxUses, keepUntil);
  }

  override async revoke(id: string, keepUntil: Date) {
    this.answer();
    return super.revoke(id, keepUntil);
  }

  private answer(): void {
    if (this.answers-- <= 0) throw new Error('no connection');
  }
}

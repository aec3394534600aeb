import { describe, expect, it } from '@jest/globals';
import { TempIDConfigurationError, TempIDScopeError } from '../../src/index.js';
import { createService } from '../support/service.js';
import { mintsShort } from '../support/default-format.js';

describe('a code and its challenge', () => {
  it('mintCode makes six digits, and an encrypted challenge whose uses are the attempts', async () => {
    const tempid = createService({ issuer: 'shop', audience: 'web' });
    const { code, formatted, challenge } = await tempid.mintCode({
      purpose: 'login',
      subject: '42',
      expiresIn: '5m',
      payload: { next: '/home' },
    });
    expect(code).toMatch(/^\d{6}$/);
    expect(formatted).toBe(`${code.slice(0, 3)} ${code.slice(3)}`);
    expect(challenge.value).toMatch(mintsShort() ? /^tid_/ : /^TEMP-V3\./);
    expect(challenge).toMatchObject({
      maxUses: 5,
      purpose: 'login',
      subject: '42',
      issuer: 'shop',
      audience: 'web',
      payload: { next: '/home' },
    });
    expect(challenge.expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(300_000);
  });

  it.each([
    [{ digits: 4 }, /^\d{4}$/, /^\d{4}$/],
    [{ digits: 5 }, /^\d{5}$/, /^\d{3} \d{2}$/],
    [{ digits: 8 }, /^\d{8}$/, /^\d{4} \d{4}$/],
    [{ digits: 10 }, /^\d{10}$/, /^\d{4} \d{3} \d{3}$/],
    [{ digits: 12 }, /^\d{12}$/, /^\d{4} \d{4} \d{4}$/],
    [{ alphabet: 'letters' }, /^[CDFGHJKMNPQRTWXY]{8}$/, /^\w{4}-\w{4}$/],
    [{ alphabet: 'letters', length: 6 }, /^[A-Z]{6}$/, /^\w{3}-\w{3}$/],
    [{ alphabet: 'letters-and-digits' }, /^[34679CDFGHJKMNPQRTWXY]{8}$/, /^\w{4}-\w{4}$/],
    [{ alphabet: 'абвгд', length: 9 }, /^[абвгд]{9}$/, /^[абвгд]{3}-[абвгд]{3}-[абвгд]{3}$/],
  ])('mintCode makes a code of the shape %p', async (shape, plain, grouped) => {
    const tempid = createService();
    for (let round = 0; round < 20; round++) {
      const { code, formatted, challenge } = await tempid.mintCode(shape);
      expect(code).toMatch(plain);
      expect(formatted).toMatch(grouped);
      expect(await tempid.verifyCode(challenge, formatted)).not.toBeNull();
    }
  });

  it.each<[string, object]>([
    ['digits', { digits: 3 }],
    ['digits', { digits: 13 }],
    ['digits', { digits: 6.5 }],
    ['digits', { digits: '6' }],
    ['digits', { digits: 6, alphabet: 'letters' }],
    ['length', { length: 6 }],
    ['length', { alphabet: 'letters', length: 3 }],
    ['length', { alphabet: 'letters', length: 33 }],
    ['alphabet', { alphabet: '' }],
    ['alphabet', { alphabet: 'A' }],
    ['alphabet', { alphabet: 7 }],
    ['alphabet', { alphabet: 'AB-C' }],
    ['alphabet', { alphabet: 'AB😀' }],
    ['alphabet', { alphabet: 'ABß' }],
    ['maxAttempts', { maxAttempts: 0 }],
    ['maxAttempts', { maxAttempts: 1.5 }],
    ['maxAttempts', { maxAttempts: Number.NaN }],
    ['boundTo', { boundTo: 'hash' }],
    ['maxUses', { maxUses: 3 }],
    ['format', { format: 'v2' }],
    ['expiresIn', { expiresIn: 'soon' }],
    ['purpose', { purpose: '' }],
  ])('mintCode rejects for a wrong %s: %p', async (option, options) => {
    const minting = createService().mintCode(options);
    await expect(minting).rejects.toThrow(TempIDConfigurationError);
    await expect(minting).rejects.toThrow(`'${option}'`);
  });

  it.each(['AaBC', '0OXY', '1ILX', '2ZXY', '5SXY', '8BXY', 'UVXY', '3٣XY'])(
    'mintCode rejects for the alphabet %s, of which two characters are taken for each other',
    async (alphabet) => {
      await expect(createService().mintCode({ alphabet, length: 12 })).rejects.toThrow(
        'taken for each other',
      );
    },
  );

  it('mintCode rejects where a blind guess is right more often than 1 in 1,000', async () => {
    const tempid = createService();
    await expect(tempid.mintCode({ digits: 4, maxAttempts: 11 })).rejects.toThrow('too easy');
    await expect(tempid.mintCode({ alphabet: 'ACDE', length: 5 })).rejects.toThrow('too easy');
    await tempid.mintCode({ digits: 4, maxAttempts: 10 });
    await tempid.mintCode({ digits: 6, maxAttempts: 1_000 });
  });

  it('mintCode needs the format v3, also where the module mints v2', async () => {
    await expect(createService({ format: 'v2' }).mintCode()).rejects.toThrow(`'accept'`);
    const both = createService({ format: 'v2', accept: ['v2', 'v3'] });
    const { code, challenge } = await both.mintCode({ purpose: 'login' });
    expect(await both.verifyCode(challenge, code, { purpose: 'login' })).not.toBeNull();
  });

  it('each digit of a code is as likely as any other', async () => {
    const tempid = createService();
    const counts = Array.from({ length: 10 }, () => 0);
    const rounds = 5_000;
    for (let round = 0; round < rounds; round++) {
      const { code } = await tempid.mintCode({ digits: 12 });
      for (const digit of code) counts[Number(digit)] = (counts[Number(digit)] ?? 0) + 1;
    }
    expect(chiSquare(counts, rounds * 12)).toBeLessThan(75);
  });

  it('each letter of a code is as likely as any other', async () => {
    const tempid = createService();
    // Of three characters a byte or a bit too few would favour one.
    const counts = new Map(Array.from('ACE', (character) => [character, 0]));
    const rounds = 2_000;
    for (let round = 0; round < rounds; round++) {
      const { code } = await tempid.mintCode({ alphabet: 'ACE', length: 32 });
      for (const letter of code) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    expect(counts.size).toBe(3);
    expect(chiSquare([...counts.values()], rounds * 32)).toBeLessThan(50);
  });
});

describe('a challenge', () => {
  it('verify and use refuse a challenge', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode({ purpose: 'login' });
    const login = { purpose: 'login' };
    for (const boundTo of [
      code,
      `nestjs-tempid code\0${code}`,
      `\u00ffnestjs-tempid code\0${code}`,
    ]) {
      expect(await tempid.verify(challenge.value, { ...login, boundTo })).toBeNull();
      expect(await tempid.use(challenge.value, { ...login, boundTo })).toBe(false);
    }
    await expect(tempid.verifyOrThrow(challenge.value, login)).rejects.toThrow(TempIDScopeError);
    expect(await tempid.use(challenge.value, login)).toBe(false);
    expect(await tempid.use(challenge, login)).toBe(false);
    expect((await tempid.usesInfo(challenge)).used).toBe(0);
  });

  it('a challenge shows its code neither printed nor as JSON nor in its properties', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode({ alphabet: 'letters', length: 12 });
    const { inspect } = await import('node:util');
    const shown = [
      inspect(challenge, { showHidden: true, depth: 9 }),
      JSON.stringify(challenge),
      Buffer.from(challenge.value.slice('TEMP-V3.'.length), 'base64url').toString('latin1'),
      Object.getOwnPropertyNames(challenge).join(),
    ];
    for (const text of shown) expect(text).not.toContain(code);
    expect(Object.getOwnPropertyNames(Object.getPrototypeOf(challenge))).not.toContain('binding');
  });
});

/** How far counts are from all being equal. Over 75 with 9 degrees of freedom, or 50 with 2, is less likely than 1 in 10^11. */
function chiSquare(counts: readonly number[], total: number): number {
  const expected = total / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

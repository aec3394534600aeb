import { describe, expect, it, jest } from '@jest/globals';
import { TempIDConfigurationError, TempIDModule } from '../../src/index.js';
import { jwe, jws, type JwsKeyOption, type JwtKeyProvider } from '../../src/jwt/index.js';
import { decodePart, EC, ED, HMAC_SECRET, whyNot } from '../support/jwt.js';
import { compile, logged, MINUTE, OLD, rolesOf, started } from '../support/vault.js';

type Answer = readonly JwsKeyOption[];

const FIRST: JwsKeyOption = { kid: 'first', privateKey: ED.privateKey };
const SECOND: JwsKeyOption = { kid: 'second', privateKey: EC.privateKey };

class Keys implements JwtKeyProvider {
  refreshInterval: JwtKeyProvider['refreshInterval'] = '1m';
  asked = 0;
  listeners = new Set<() => void>();

  constructor(public answer: Answer | Error) {}

  async getKeys(): Promise<Answer> {
    this.asked++;
    await Promise.resolve();
    if (this.answer instanceof Error) throw this.answer;
    return this.answer;
  }

  onChange(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }
}

const start = (keys: JwtKeyProvider) =>
  compile(TempIDModule.forRoot({ secret: OLD, formats: [jws({ keys })], format: 'jws' }));

describe('A JwtKeyProvider', () => {
  it('a JwtKeyProvider is waited for at the start, and its keys rotate without a restart', async () => {
    const keys = new Keys([FIRST]);
    const tempid = await start(keys);
    const { value } = await tempid.mint();
    keys.answer = [SECOND, FIRST];
    await jest.advanceTimersByTimeAsync(MINUTE);
    expect(rolesOf(tempid).slice(1)).toEqual([
      ['second', 'mints'],
      ['first', 'verifies'],
    ]);
    expect(await whyNot(tempid, value)).toBe('accepted');
    expect((await tempid.jwks()).keys.map(({ kid }) => kid)).toEqual(['second', 'first']);
    keys.answer = [SECOND];
    for (const changed of keys.listeners) changed();
    await new Promise(setImmediate);
    expect(await whyNot(tempid, value)).toMatch(/^TEMPID_TAMPERED/);
    expect(logged).toEqual([
      'log: The keys of jws have changed: second mints, first verifies.',
      'log: The keys of jws have changed: second mints.',
    ]);
  });

  it.each<[string, Answer | Error, string]>([
    ['throws', new Error('hunter2'), 'The JwtKeyProvider failed: Error'],
    ['gives none', [], `'keys' of jws must be a list`],
    ['gives a bad one', [{ kid: 'k', privateKey: 'hunter2' }], 'no private key'],
  ])('a JwtKeyProvider fails the start where it %s', async (_, answer, message) => {
    const starting = start(new Keys(answer));
    await expect(starting).rejects.toBeInstanceOf(TempIDConfigurationError);
    await expect(starting).rejects.toThrow(message);
  });

  it('a JwtKeyProvider fails the start where it gives a kid twice, or only expired keys', async () => {
    await expect(start(new Keys([FIRST, { ...SECOND, kid: 'first' }]))).rejects.toThrow(
      'has the kid',
    );
    const notAfter = new Date(Date.now());
    await expect(start(new Keys([{ ...FIRST, notAfter }]))).rejects.toThrow(`'notAfter' of every`);
  });

  it('a JwtKeyProvider that fails later leaves the keys in use, which is logged once', async () => {
    const keys = new Keys([FIRST]);
    const tempid = await start(keys);
    const { value } = await tempid.mint();
    await jest.advanceTimersByTimeAsync(MINUTE);
    keys.answer = new RangeError('hunter2');
    await jest.advanceTimersByTimeAsync(3 * MINUTE);
    expect(await whyNot(tempid, value)).toBe('accepted');
    expect(logged).toEqual([
      expect.stringMatching(/^error: The keys of jws cannot be refreshed\. .* RangeError$/),
    ]);
    keys.answer = [SECOND];
    await jest.advanceTimersByTimeAsync(MINUTE);
    expect(rolesOf(tempid).slice(1)).toEqual([['second', 'mints']]);
  });

  it('a JwtKeyProvider may give a key another role while tokens of it are verified', async () => {
    const [PRIVATE, PUBLIC] = [FIRST, { kid: 'first', publicKey: ED.publicKey }];
    const keys = new Keys([PRIVATE, SECOND]);
    const tempid = await start(keys);
    const { value } = await tempid.mint();
    for (const answer of [
      [SECOND, PUBLIC],
      [SECOND, PRIVATE],
    ]) {
      keys.answer = answer;
      const verifying = Array.from({ length: 20 }, () => whyNot(tempid, value));
      for (const changed of keys.listeners) changed();
      verifying.push(...Array.from({ length: 20 }, () => whyNot(tempid, value)));
      expect(new Set(await Promise.all(verifying))).toEqual(new Set(['accepted']));
      await new Promise(setImmediate);
    }
  });

  it('a JwtKeyProvider may replace a public key by its private one, or its algorithm by another', async () => {
    const keys = new Keys([SECOND, { kid: 'first', publicKey: ED.publicKey }]);
    const tempid = await start(keys);
    const headerOf = async () => decodePart((await tempid.mint()).value, 0);
    const change = async (answer: Answer) => {
      keys.answer = answer;
      for (const changed of keys.listeners) changed();
      await new Promise(setImmediate);
    };
    expect(await headerOf()).toMatchObject({ kid: 'second' });
    await change([FIRST, SECOND]);
    expect(await headerOf()).toMatchObject({ kid: 'first', alg: 'EdDSA' });
    await change([{ kid: 'hmac', secret: HMAC_SECRET }]);
    expect(await headerOf()).toMatchObject({ kid: 'hmac', alg: 'HS256' });
    await change([{ kid: 'hmac', secret: HMAC_SECRET, alg: 'HS512' }]);
    expect(await headerOf()).toMatchObject({ kid: 'hmac', alg: 'HS512' });
  });

  it('a JwtKeyProvider is asked no more when the application has ended', async () => {
    const keys = new Keys([FIRST]);
    await start(keys);
    await started.pop()?.close();
    const { asked } = keys;
    await jest.advanceTimersByTimeAsync(5 * MINUTE);
    expect([keys.asked, keys.listeners.size, jest.getTimerCount()]).toEqual([asked, 0, 0]);
  });

  it('a JwtKeyProvider fails the start with a wrong refreshInterval', async () => {
    const keys = new Keys([FIRST]);
    keys.refreshInterval = '0s';
    await expect(start(keys)).rejects.toThrow(`'refreshInterval' of the JwtKeyProvider must be`);
  });

  it('the signal of a JwtKeyProvider is aborted where another fails the start, and not where all have answered', async () => {
    const asked: AbortSignal[] = [];
    const patient = {
      getKeys: async (signal: AbortSignal) => {
        asked.push(signal);
        return [{ kid: 'k1', secret: 'x'.repeat(32) }];
      },
    };
    const module = (keys: JwtKeyProvider) =>
      compile(
        TempIDModule.forRoot({ secret: OLD, formats: [jwe({ keys: patient }), jws({ keys })] }),
      );
    await module(new Keys([FIRST]));
    await expect(module(new Keys(new Error('away')))).rejects.toThrow(TempIDConfigurationError);
    expect(asked.map(({ aborted }) => aborted)).toEqual([false, true]);
  });

  it('a JwtKeyProvider may give the keys of jwe as well', async () => {
    const keys = { getKeys: () => [{ kid: 'k1', secret: 'x'.repeat(32) }] };
    const tempid = await compile(
      TempIDModule.forRoot({ secret: OLD, formats: [jwe({ keys })], format: 'jwe' }),
    );
    expect(await whyNot(tempid, (await tempid.mint()).value)).toBe('accepted');
    expect(rolesOf(tempid)[1]).toEqual(['k1', 'mints']);
  });
});

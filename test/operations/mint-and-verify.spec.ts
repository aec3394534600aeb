import { afterEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import {
  type JsonObject,
  TempIDConfigurationError,
  TempIDFormatError,
  TempIDPayloadError,
  TempIDPayloadTooLargeError,
  TempIDTamperedError,
} from '../../src/index.js';
import { MINUTE, NOW, setClock } from '../support/clock.js';
import { OLD_SECRET, SECRET } from '../support/secrets.js';
import { createService } from '../support/service.js';
import { mintsShort } from '../support/default-format.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('mint and verify', () => {
  it.each(['v3', 'v2'] as const)(
    'verify returns any JSON object that mint was given, in %s',
    async (format) => {
      const tempid = createService({ format, maxPayloadBytes: 512 });
      await fc.assert(
        fc.asyncProperty(
          fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
          async (payload) => {
            fc.pre(Buffer.byteLength(JSON.stringify(payload)) <= 512);
            const minted = await tempid.mint({ payload });
            const verified = await tempid.verify(minted.value);
            expect(JSON.stringify(sorted(verified?.payload))).toBe(JSON.stringify(sorted(payload)));
          },
        ),
      );
    },
  );

  it('verify returns every claim that mint was given', async () => {
    setClock(NOW);
    const tempid = createService({ issuer: 'app.example', audience: 'web' });
    const minted = await tempid.mint({
      purpose: 'invite',
      subject: 'team 7',
      expiresIn: '7d',
      maxUses: 50,
      payload: { teamId: 7 },
      notBefore: new Date(NOW - MINUTE),
      boundTo: 'a hash',
    });
    const verified = await tempid.verifyOrThrow(String(minted), {
      purpose: 'invite',
      boundTo: 'a hash',
    });
    for (const token of [minted, verified]) {
      expect(token).toMatchObject({
        value: minted.value,
        id: minted.id,
        payload: { teamId: 7 },
        purpose: 'invite',
        subject: 'team 7',
        audience: 'web',
        issuer: 'app.example',
        maxUses: 50,
        issuedAt: new Date(NOW),
        notBefore: new Date('2026-01-01T11:59:01Z'),
        expiresAt: new Date('2026-01-08T12:00:00Z'),
      });
    }
  });

  it('mint makes a token of ten minutes, without limit and payload, where nothing is given', async () => {
    setClock(NOW);
    const token = await createService().mint();
    expect(token.payload).toBeNull();
    expect(token.maxUses).toBe(0);
    expect(token.expiresAt).toEqual(new Date('2026-01-01T12:10:00Z'));
  });

  it('verify refuses every token in which one character was changed', async () => {
    const tempid = createService({ accept: ['v3', 'v2'] });
    for (const format of ['v3', 'v2'] as const) {
      const { value } = await tempid.mint({ format, payload: { userId: 42 } });
      for (let index = 0; index < value.length; index++) {
        const replaced = fc.sample(fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }), 20);
        for (const character of ['A', 'B', 'a', '_', '-', '.', ' ', ...replaced]) {
          if (value[index] === character) continue;
          const changed = value.slice(0, index) + character + value.slice(index + 1);
          expect(await tempid.verify(changed)).toBeNull();
        }
      }
    }
  });

  it('verify resolves to null for any string and any value', async () => {
    const tempid = createService({ accept: ['v3', 'v2'] });
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    const strings = fc.tuple(fc.constantFrom('', 'TEMP-V3.', 'TEMP-V2.', ' TEMP-V2.'), text);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          strings.map((parts) => parts.join('')),
          fc.anything(),
        ),
        async (value) => {
          expect(await tempid.verify(value as string)).toBeNull();
          expect(await tempid.use(value as string)).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('verify refuses a string of ten million characters', async () => {
    const tempid = createService({ accept: ['v3', 'v2'] });
    const { value } = await tempid.mint();
    expect(await tempid.verify(value + 'A'.repeat(10_000_000))).toBeNull();
    expect(await tempid.verify(`TEMP-V2.${'A.'.repeat(5_000_000)}`)).toBeNull();
  });

  it('verifyOrThrow rejects with the error that tells why a token is bad', async () => {
    const tempid = createService();
    const { value } = await createService({ secret: OLD_SECRET }).mint();
    await expect(tempid.verifyOrThrow('garbage')).rejects.toThrow(TempIDFormatError);
    await expect(tempid.verifyOrThrow(value)).rejects.toThrow(TempIDTamperedError);
    await expect(tempid.parse('garbage')).rejects.toThrow(TempIDFormatError);
    await expect(tempid.parse(value)).rejects.toThrow(TempIDTamperedError);
  });

  it('verify reads only the accepted formats', async () => {
    const { value } = await createService({ format: 'v2' }).mint();
    await expect(createService().verifyOrThrow(value)).rejects.toThrow(TempIDFormatError);
    expect(await createService({ accept: ['v3', 'v2'] }).verify(value)).not.toBeNull();
  });

  it.each(['v3', 'v2'] as const)(
    'after a rotation the new secret mints and the old one still verifies, in %s',
    async (format) => {
      const [before, after] = [
        createService({ format, secret: OLD_SECRET }),
        createService({ format, secret: [SECRET, OLD_SECRET] }),
      ];
      const old = await before.mint();
      const young = await after.mint();
      expect(await after.verify(old.value)).not.toBeNull();
      expect(await before.verify(young.value)).toBeNull();
      expect(await createService({ format }).verify(young.value)).not.toBeNull();
      expect(await createService({ format }).verify(old.value)).toBeNull();
    },
  );
});

describe('the options of mint', () => {
  it.each<[string, object]>([
    ['an option that is not there', { ttl: 5 }],
    ['a life and an end', { expiresIn: '1m', expiresAt: new Date(NOW * 2) }],
    ['an end in the past', { expiresAt: new Date(0) }],
    ['no valid end', { expiresAt: new Date(Number.NaN) }],
    ['a life of nothing', { expiresIn: '0s' }],
    ['a life that is no duration', { expiresIn: '15 minutes' }],
    ['a beginning after the end', { notBefore: new Date(Date.now() + 86_400_000) }],
    ['less than no use', { maxUses: -1 }],
    ['half a use', { maxUses: 1.5 }],
    ['more uses than can be counted', { maxUses: 2_147_483_647 }],
    ['an empty purpose', { purpose: '' }],
    ['a subject that is a number', { subject: 42 }],
    ['a binding that is undefined', { boundTo: undefined }],
    ['a format that is not there', { format: 'v9' }],
    ['a purpose in v2', { format: 'v2', purpose: 'invite' }],
    ['more uses than v2 holds', { format: 'v2', maxUses: 256 }],
  ])('mint rejects for %s', async (_, options) => {
    await expect(createService().mint(options)).rejects.toThrow(TempIDConfigurationError);
  });

  it('mint rejects for a payload that JSON would change or that is too large', async () => {
    const tempid = createService();
    const mint = (payload: object) => tempid.mint({ payload });
    await expect(mint([1])).rejects.toThrow(TempIDPayloadError);
    await expect(mint({ at: new Date() })).rejects.toThrow(TempIDPayloadError);
    await expect(mint({ text: '\ud800' })).rejects.toThrow(TempIDPayloadError);
    await expect(mint({ text: 'x'.repeat(1_014) })).rejects.toThrow(TempIDPayloadTooLargeError);
    const longest = { text: 'x'.repeat(1_013) };
    expect(await mint(longest)).toMatchObject({
      payload: longest,
      value: expect.stringMatching(mintsShort() ? /^tid_/ : /^TEMP-V3\./),
    });
  });
});

/** The same JSON with the keys of every object in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as JsonObject).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, item]) => [key, sorted(item)]);
}

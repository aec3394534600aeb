import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { encode as encodeWithCborg, rfc8949EncodeOptions } from 'cborg';
import * as fc from 'fast-check';
import { OLD_SECRET, SECRET } from '../support/secrets.js';
import {
  BARE,
  codec,
  codecWith,
  EXPIRES_AT,
  FULL,
  ISSUED_AT,
  openByHand,
  read,
  sealByHand,
} from './v3-by-hand.js';

describe('V3Codec mints', () => {
  it('V3Codec mints what decodes by hand from the description of the format', () => {
    const payload = new Map<string, unknown>([
      ['tags', ['a', 1.5, -0, null, new Map([['ü', true]])]],
      ['userId', 42],
    ]);
    expect(openByHand(codec.encode(FULL).value)).toEqual(
      new Map<number, unknown>([
        [1, 'auth.example'],
        [2, 'user-42'],
        [3, 'app.example'],
        [4, EXPIRES_AT],
        [5, 1_750_000_100],
        [6, ISSUED_AT],
        [-1, 'password-reset'],
        [-2, 2_147_483_646],
        [-3, payload],
        [-4, Uint8Array.from(Array(16).keys())],
        [-5, 123],
      ]),
    );
  });

  it('V3Codec mints only the required claims where there are no others', () => {
    expect([...openByHand(codec.encode(BARE).value)]).toEqual([
      [4, EXPIRES_AT],
      [6, ISSUED_AT],
    ]);
  });

  it.each([
    { claims: { purpose: 'p' }, has: true },
    { claims: { subject: 's' }, has: true },
    { claims: { audience: 'a', issuer: 'i', payload: {}, maxUses: 1 }, has: false },
  ])('V3Codec mints the milliseconds of the issue time with $claims: $has', ({ claims, has }) => {
    for (const milliseconds of [0, 1, 999]) {
      const issuedAt = ISSUED_AT * 1_000 + milliseconds;
      const minted = codec.encode({ ...BARE, ...claims, issuedAt });
      expect(openByHand(minted.value).get(-5)).toBe(has ? milliseconds : undefined);
      expect(minted.claims.issuedAt).toBe(has ? issuedAt : ISSUED_AT * 1_000);
      expect(codec.decode(minted.value)).toEqual(minted);
    }
  });

  it('V3Codec mints 10,000 tokens with 10,000 ids, each the nonce in 32 characters', () => {
    const ids = new Set<string>();
    for (let count = 0; count < 10_000; count++) {
      const { value, id } = codec.encode(BARE);
      const bytes = Buffer.from(value.slice('TEMP-V3.'.length), 'base64url');
      if (id === bytes.subarray(4, 28).toString('base64url')) ids.add(id);
    }
    expect(ids.size).toBe(10_000);
    expect([...ids].filter((id) => !/^[A-Za-z0-9_-]{32}$/.test(id))).toEqual([]);
  });

  it('V3Codec mints no token with a lone surrogate', () => {
    expect(() => codec.encode({ ...BARE, payload: { text: '\ud800' } })).toThrow(
      expect.objectContaining({ code: 'TEMPID_PAYLOAD' }),
    );
  });
});

describe('V3Codec reads', () => {
  it('V3Codec reads every claim of what it mints', () => {
    const minted = codec.encode(FULL);
    expect(minted.claims).toEqual(FULL);
    expect(read(codec, minted.value)).toEqual(minted);
  });

  it('V3Codec reads any claims of what it mints', () => {
    const text = fc.option(fc.string({ unit: 'binary', minLength: 1 }));
    const seconds = fc.integer({ min: 0, max: 8_640_000_000_000 });
    const claims = fc.record({
      expiresAt: seconds,
      issuedAt: fc.integer({ min: 0, max: 8_640_000_000_000_000 }),
      notBefore: fc.option(seconds),
      maxUses: fc.integer({ min: 0, max: 2_147_483_646 }),
      payload: fc.option(fc.dictionary(fc.string(), fc.jsonValue())),
      purpose: text,
      subject: text,
      audience: text,
      issuer: text,
      binding: fc.option(fc.uint8Array({ minLength: 16, maxLength: 16 })),
    });
    fc.assert(
      fc.property(claims, ({ payload, binding, ...rest }) => {
        const minted = codec.encode({
          ...rest,
          payload: payload && JSON.parse(JSON.stringify(payload)),
          binding: binding && Buffer.from(binding),
        });
        expect(codec.decode(minted.value)).toEqual(minted);
      }),
      { numRuns: 1_000 },
    );
  });

  it('V3Codec reads what another implementation wrote from the description', () => {
    const nonce = randomBytes(24);
    const map = new Map<number, unknown>([
      [-5, 7],
      [6, ISSUED_AT],
      [-1, 'invite'],
      [4, EXPIRES_AT],
      [-2, 1],
      [-3, { b: [1], __proto: 'x' }],
    ]);
    const value = sealByHand(encodeWithCborg(map, rfc8949EncodeOptions), nonce);
    expect(read(codec, value)).toMatchObject({
      value,
      id: nonce.toString('base64url'),
      claims: {
        ...BARE,
        issuedAt: ISSUED_AT * 1_000 + 7,
        purpose: 'invite',
        maxUses: 1,
        payload: { b: [1], __proto: 'x' },
      },
    });
  });

  it('V3Codec reads tokens of every secret, and mints with the newest', () => {
    const rotated = codecWith(SECRET, OLD_SECRET);
    const old = codecWith(OLD_SECRET).encode(FULL);
    expect(read(rotated, old.value)).toEqual(old);
    const minted = rotated.encode(FULL);
    expect(read(codec, minted.value)).toEqual(minted);
    expect(read(codecWith(OLD_SECRET), minted.value)).toBe('TEMPID_TAMPERED');
  });

  it('one secret that is configured twice is refused, and the error names its place', () => {
    expect(() => codecWith(SECRET, OLD_SECRET, SECRET)).toThrow(
      expect.objectContaining({
        code: 'TEMPID_CONFIGURATION',
        message: expect.stringMatching(/^Secret 3 (?!.*long enough)/),
      }),
    );
  });
});

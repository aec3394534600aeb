import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Claims, JsonObject } from '../../src/token/claims.js';
import { jwe, jws } from '../../src/jwt/index.js';
import { Keyring } from '../../src/keys/keyring.js';
import { resolveSecrets } from '../../src/keys/secrets.js';
import { Refusal } from '../../src/common/refusal.js';
import { EC, ED } from '../support/jwt.js';
import { P384, P521, RSA } from '../support/jwt-algorithms.js';
import { SECRET } from '../support/secrets.js';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const keyring = new Keyring(resolveSecrets(SECRET));
const CODECS = [
  ['HS256', jws().createCodec(keyring)],
  ['EdDSA', jws({ keys: [{ kid: 'ed', privateKey: ED.privateKey }] }).createCodec(keyring)],
  ['ES256', jws({ keys: [{ kid: 'ec', privateKey: EC.privateKey }] }).createCodec(keyring)],
  ['ES384', jws({ keys: [{ kid: 'p384', privateKey: P384.privateKey }] }).createCodec(keyring)],
  ['ES512', jws({ keys: [{ kid: 'p521', privateKey: P521.privateKey }] }).createCodec(keyring)],
  ['RS256', jws({ keys: [{ kid: 'rs', privateKey: RSA.privateKey }] }).createCodec(keyring)],
  [
    'PS256',
    jws({ alg: 'PS256', keys: [{ kid: 'ps', privateKey: RSA.privateKey }] }).createCodec(keyring),
  ],
  ['jwe', jwe().createCodec(keyring)],
] as const;

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
/** What `mint` takes: not empty, and well-formed. */
const text = orNull(
  fc.string({ unit: 'binary', minLength: 1 }).filter((value) => value.isWellFormed()),
);
const second = fc.integer({ min: 0, max: 4_000_000_000 });
const claimsArbitrary: fc.Arbitrary<Claims> = fc.record({
  expiresAt: second,
  issuedAt: second
    .map((seconds) => seconds * 1_000)
    .chain((at) => fc.integer({ min: at, max: at + 999 })),
  notBefore: orNull(second),
  maxUses: fc.integer({ min: 0, max: 2_147_483_646 }),
  payload: orNull(
    fc
      .dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { maxKeys: 5 })
      .map((payload) => JSON.stringify(payload))
      .filter((json) => json.length <= 2_000)
      .map((json): JsonObject => JSON.parse(json)),
  ),
  purpose: text,
  subject: text,
  audience: text,
  issuer: text,
  binding: orNull(
    fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes)),
  ),
});

const FULL: Claims = {
  expiresAt: 4_000_000_000,
  issuedAt: 1_750_000_000_123,
  notBefore: 1_750_000_000,
  maxUses: 3,
  payload: { userId: 42 },
  purpose: 'invite',
  subject: 'user-7',
  audience: 'app',
  issuer: 'us',
  binding: Buffer.alloc(16, 7),
};

describe.each(CODECS)('A codec of %s', (_, codec) => {
  it('a JWT gives back any claims as they were at minting', async () => {
    await fc.assert(
      fc.asyncProperty(claimsArbitrary, async (claims) => {
        const minted = await codec.encode(claims);
        expect(await codec.decode(minted.value)).toEqual(minted);
        const isExact = claims.purpose !== null || claims.subject !== null;
        const issuedAt = Number(claims.issuedAt) - (isExact ? 0 : Number(claims.issuedAt) % 1_000);
        expect(minted.claims).toEqual({ ...claims, issuedAt });
      }),
      { numRuns: 150 },
    );
  });

  it('a JWT with one character changed is refused', async () => {
    const { value } = await codec.encode(FULL);
    const accepted: string[] = [];
    for (let index = 0; index < value.length; index++) {
      const at = BASE64URL.indexOf(value.charAt(index));
      // Its neighbours differ in the bits that decoders ignore at the end of a part.
      const others = [at ^ 1, at ^ 2, at ^ 3, at ^ 32].map((other) => BASE64URL.charAt(other));
      for (const other of [...(at < 0 ? ['A'] : others), '.', '=', ' ', '+', '']) {
        const changed = value.slice(0, index) + other + value.slice(index + 1);
        const result = codec.recognizes(changed) ? await codec.decode(changed) : null;
        if (changed === value) continue;
        if (result && !(result instanceof Refusal)) accepted.push(changed);
      }
    }
    expect(accepted).toEqual([]);
  });

  it('a JWT with anything added around it is refused', async () => {
    const { value } = await codec.encode(FULL);
    for (const changed of [
      ` ${value}`,
      `${value} `,
      `${value}\n`,
      `${value}=`,
      `${value}.`,
      `${value}A`,
      `Bearer ${value}`,
    ]) {
      const result = await codec.decode(changed);
      expect([changed.slice(-5), result instanceof Refusal]).toEqual([changed.slice(-5), true]);
    }
  });

  it('any string is recognized and decoded as a JWT without throwing', async () => {
    const [header = ''] = (await codec.encode(FULL)).value.split('.');
    const base64url = fc
      .uint8Array({ maxLength: 60 })
      .map((bytes) => Buffer.from(bytes).toString('base64url'));
    const json = fc.json().map((document) => Buffer.from(document).toString('base64url'));
    const parts = fc.array(
      fc.oneof(base64url, json, fc.string({ unit: 'binary' }), fc.constant(header)),
      { maxLength: 6 },
    );
    const strings = fc.tuple(fc.constantFrom('', 'e', `${header}.`), parts);
    await fc.assert(
      fc.asyncProperty(strings, async ([prefix, list]) => {
        const value = prefix + list.join('.');
        expect(typeof codec.recognizes(value)).toBe('boolean');
        expect(await codec.decode(value)).toBeInstanceOf(Refusal);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a token of another format is not recognized as a JWT', () => {
    for (const other of [
      'TEMP-V3.abc',
      'TEMP-V2.a.b.c',
      '12345678-123456-12345678',
      'e2345678-123456-12345678',
      'e',
      '',
      'e.a',
      'e.a.b.c',
      'e.a.b.c.d.e',
      'x.a.b',
    ]) {
      expect([other, codec.recognizes(other)]).toEqual([other, false]);
    }
  });
});

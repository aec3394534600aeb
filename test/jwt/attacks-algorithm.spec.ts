import { constants, createHmac, randomBytes, sign } from 'node:crypto';
import * as jose from 'jose';
import { describe, expect, it } from '@jest/globals';
import {
  CLAIMS,
  encrypt,
  encrypted,
  HEADER,
  PAIRS,
  tempid,
  withHeader,
} from '../support/attacked-jwt.js';
import { EC, ec, ED, ed25519, p256, part, pemOf, rsa, signByHand, whyNot } from '../support/jwt.js';
import { P384, P521, RSA } from '../support/jwt-algorithms.js';

describe('The unchanged tokens of the attacks', () => {
  it('the unchanged tokens of the attacks are accepted', async () => {
    expect(await whyNot(tempid, signByHand(HEADER, CLAIMS))).toBe('accepted');
    expect(await whyNot(encrypted, await encrypt({}))).toBe('accepted');
  });
});

/** With an empty signature it ends in a dot, which is no part of a token: what is left has two parts. */
const NO_JWS = /^TEMPID_FORMAT: The string is not a token of a format/;

describe('alg none (RFC 8725 §2.1)', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', ''])(
    'alg %j is refused, with and without a signature',
    async (alg) => {
      for (const kid of ['hmac', ...PAIRS.map(([name]) => name)]) {
        const input = `${part({ alg, kid })}.${part(CLAIMS)}`;
        for (const signature of ['', 'AAAA', part(randomBytes(32))]) {
          expect(await whyNot(tempid, `${input}.${signature}`)).toMatch(
            signature === '' ? NO_JWS : /^TEMPID_FORMAT: The algorithm/,
          );
        }
      }
    },
  );

  it('a header whose alg is missing or no text is refused', async () => {
    for (const header of [
      { kid: 'hmac' },
      { ...HEADER, alg: null },
      { ...HEADER, alg: ['HS256'] },
    ]) {
      expect(await whyNot(tempid, signByHand(header, CLAIMS))).toBe(
        'TEMPID_FORMAT: The header of the token is malformed.',
      );
    }
  });

  it('an empty or short signature of a supported algorithm is refused', async () => {
    for (const [kid, alg] of [['hmac', 'HS256'], ...PAIRS]) {
      const input = `${part({ alg, kid })}.${part(CLAIMS)}`;
      for (const signature of [
        '',
        'AAAA',
        ...[64, 96, 132, 256].map((length) => part(Buffer.alloc(length))),
      ]) {
        expect(await whyNot(tempid, `${input}.${signature}`)).toMatch(
          signature === '' ? NO_JWS : /^TEMPID_TAMPERED: The signature/,
        );
      }
    }
  });
});

describe('HS256 with a public key (RFC 8725 §2.1)', () => {
  const jwkOf = ({ publicKey }: typeof ED) => JSON.stringify(publicKey.export({ format: 'jwk' }));
  const rawOf = ({ publicKey }: typeof ED) => {
    const { x, n } = publicKey.export({ format: 'jwk' });
    return Buffer.from(x ?? n ?? '', 'base64url');
  };
  const derOf = ({ publicKey }: typeof ED) => publicKey.export({ format: 'der', type: 'spki' });

  it.each(PAIRS)(
    'HS256 with a public key is refused for the key %s of %s, however the public key is written',
    async (kid, _, pair) => {
      for (const secret of [pemOf(pair.publicKey), jwkOf(pair), rawOf(pair), derOf(pair)]) {
        for (const alg of ['HS256', 'HS384', 'HS512']) {
          const input = `${part({ alg, kid })}.${part(CLAIMS)}`;
          const mac = createHmac(alg.replace('HS', 'sha'), secret)
            .update(input)
            .digest('base64url');
          expect(await whyNot(tempid, `${input}.${mac}`)).toMatch(/^TEMPID_FORMAT: The algorithm/);
        }
      }
    },
  );

  it.each(PAIRS)(
    'a token of the key %s of %s is refused under the kid of another key',
    async (kid) => {
      const others = PAIRS.filter(([name]) => name !== kid);
      for (const [name, alg, { privateKey }] of others) {
        const signed = await new jose.CompactSign(Buffer.from(JSON.stringify(CLAIMS)))
          .setProtectedHeader({ alg, kid })
          .sign(privateKey);
        expect([name, await whyNot(tempid, signed)]).toEqual([
          name,
          expect.stringMatching(/^TEMPID_FORMAT: The algorithm/),
        ]);
      }
    },
  );

  it('each algorithm is refused under the kid of a key of another algorithm', async () => {
    const signed = (header: object, key: typeof ED) =>
      new jose.CompactSign(Buffer.from(JSON.stringify(CLAIMS)))
        .setProtectedHeader(header as jose.CompactJWSHeaderParameters)
        .sign(key.privateKey);
    for (const value of [
      await signed({ alg: 'EdDSA', kid: 'ec' }, ED),
      await signed({ alg: 'EdDSA', kid: 'hmac' }, ED),
      await signed({ alg: 'ES256', kid: 'ed' }, EC),
      await signed({ alg: 'Ed25519', kid: 'ed' }, ED),
      signByHand({ alg: 'HS256', kid: 'ed' }, CLAIMS),
      signByHand({ alg: 'HS384', kid: 'hmac' }, CLAIMS),
    ]) {
      expect(await whyNot(tempid, value)).toMatch(/^TEMPID_FORMAT: The algorithm/);
    }
  });

  it('a signature by another key of the right type is refused', async () => {
    for (const [alg, kid, pair] of [
      ['EdDSA', 'ed', ed25519()],
      ['ES256', 'ec', p256()],
      ['ES384', 'p384', ec('P-384')],
      ['ES512', 'p521', ec('P-521')],
      ['RS256', 'rs', rsa()],
      ['RS256', 'rs', rsa(3_072)],
      ['PS256', 'ps', rsa()],
    ] as const) {
      const value = await new jose.CompactSign(Buffer.from(JSON.stringify(CLAIMS)))
        .setProtectedHeader({ alg, kid })
        .sign(pair.privateKey);
      expect(await whyNot(tempid, value)).toMatch(/^TEMPID_TAMPERED: The signature/);
    }
  });
});

describe('Algorithms that are not supported', () => {
  it.each([
    'RS1',
    'RS384',
    'RS512',
    'PS384',
    'PS512',
    'ES256K',
    'Ed448',
    'HS1',
    'hs256',
    'dir',
    'RSA1_5',
  ])('alg %s is refused, and told apart from a bad signature', async (alg) => {
    expect(await whyNot(tempid, signByHand({ ...HEADER, alg }, CLAIMS))).toMatch(
      /^TEMPID_FORMAT: The algorithm/,
    );
  });

  it.each(['A128KW', 'A256KW', 'RSA1_5', 'RSA-OAEP', 'ECDH-ES', 'A256GCMKW', 'HS256', 'none'])(
    'alg %s is refused for a JWE',
    async (alg) => {
      expect(
        await whyNot(encrypted, await withHeader({ alg, enc: 'A256GCM', kid: 'enc' })),
      ).toMatch(/^TEMPID_FORMAT: The algorithm/);
    },
  );

  it.each(['A128GCM', 'A192GCM', 'A256CBC-HS512', 'A128CBC-HS256', 'a256gcm', undefined, null, 1])(
    'the encryption %s is refused for a JWE',
    async (enc) => {
      expect(await whyNot(encrypted, await withHeader({ alg: 'dir', enc, kid: 'enc' }))).toMatch(
        /^TEMPID_FORMAT: The algorithm/,
      );
    },
  );

  it('a JWS that names an encryption is refused', async () => {
    expect(await whyNot(tempid, signByHand({ ...HEADER, enc: 'A256GCM' }, CLAIMS))).toMatch(
      /^TEMPID_FORMAT: The algorithm/,
    );
  });
});

const CURVES = [
  [
    'ec',
    'ES256',
    EC,
    'sha256',
    32,
    'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  ],
  [
    'p384',
    'ES384',
    P384,
    'sha384',
    48,
    'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  ],
  [
    'p521',
    'ES512',
    P521,
    'sha512',
    66,
    '01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
  ],
] as const;

describe.each(CURVES)(
  'A signature of ECDSA by the key %s of %s',
  (kid, alg, pair, digest, bytes, order) => {
    const input = `${part({ alg, kid })}.${part(CLAIMS)}`;
    const zero = '00'.repeat(bytes);
    const raw = { key: pair.privateKey, dsaEncoding: 'ieee-p1363' } as const;

    it('a signature of ECDSA whose r and s are zero is refused (CVE-2022-21449)', async () => {
      for (const [r, s] of [
        [zero, zero],
        [order, order],
        [order, zero],
        [zero, order],
      ]) {
        const value = `${input}.${Buffer.from(`${r}${s}`, 'hex').toString('base64url')}`;
        expect(await whyNot(tempid, value)).toMatch(/^TEMPID_TAMPERED/);
      }
    });

    it('a signature of ECDSA in DER or of another length is refused', async () => {
      const der = sign(digest, Buffer.from(input), pair.privateKey);
      const good = sign(digest, Buffer.from(input), raw);
      expect(good).toHaveLength(2 * bytes);
      expect(await whyNot(tempid, `${input}.${part(good)}`)).toBe('accepted');
      for (const bad of [
        der,
        good.subarray(1),
        good.subarray(0, -1),
        Buffer.concat([good, Buffer.alloc(1)]),
        Buffer.concat([Buffer.alloc(1), good]),
      ]) {
        expect(await whyNot(tempid, `${input}.${part(bad)}`)).toMatch(/^TEMPID_TAMPERED/);
      }
    });

    it('a signature of ECDSA turned into another good one makes no second token: both share their uses', async () => {
      const signature = sign(digest, Buffer.from(input), raw);
      const s = BigInt(`0x${order}`) - BigInt(`0x${signature.toString('hex', bytes)}`);
      const turned = Buffer.concat([
        signature.subarray(0, bytes),
        Buffer.from(s.toString(16).padStart(2 * bytes, '0'), 'hex'),
      ]);
      const ids = [];
      for (const each of [signature, turned]) {
        ids.push((await tempid.verifyOrThrow(`${input}.${part(each)}`)).id);
      }
      expect(new Set(ids).size).toBe(1);

      const { jti: _, ...nameless } = CLAIMS;
      const other = `${part({ alg, kid })}.${part(nameless)}`;
      const one = async () => {
        const made = sign(digest, Buffer.from(other), raw);
        return (await tempid.verifyOrThrow(`${other}.${part(made)}`)).id;
      };
      expect(await one()).toBe(await one());
    });
  },
);

describe.each([
  ['rs', 'RS256', constants.RSA_PKCS1_PADDING],
  ['ps', 'PS256', constants.RSA_PKCS1_PSS_PADDING],
])('A signature of RSA by the key %s of %s', (kid, alg, padding) => {
  const input = `${part({ alg, kid })}.${part(CLAIMS)}`;
  const signed = (digest: string, options: object) =>
    sign(digest, Buffer.from(input), { key: RSA.privateKey, ...options });
  const good = { padding, saltLength: 32 };

  it('a signature of RSA is accepted in the padding of its key, and refused in the other', async () => {
    const other =
      padding === constants.RSA_PKCS1_PADDING
        ? { ...good, padding: constants.RSA_PKCS1_PSS_PADDING }
        : { padding: constants.RSA_PKCS1_PADDING };
    expect(await whyNot(tempid, `${input}.${part(signed('sha256', good))}`)).toBe('accepted');
    for (const bad of [signed('sha256', other), signed('sha1', good), signed('sha512', good)]) {
      expect(await whyNot(tempid, `${input}.${part(bad)}`)).toMatch(/^TEMPID_TAMPERED/);
    }
  });

  it('a signature of RSA is refused where its length differs or the modulus is added', async () => {
    const signature = signed('sha256', good);
    const { n = '' } = RSA.publicKey.export({ format: 'jwk' });
    const modulus = BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`);
    const more = (BigInt(`0x${signature.toString('hex')}`) + modulus).toString(16);
    for (const bad of [
      signature.subarray(1),
      signature.subarray(0, -1),
      Buffer.concat([signature, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), signature]),
      Buffer.from(more.padStart(more.length + (more.length % 2), '0'), 'hex'),
      Buffer.alloc(256),
      Buffer.from(n, 'base64url'),
      Buffer.concat([Buffer.alloc(255), Buffer.from([1])]),
    ]) {
      expect(await whyNot(tempid, `${input}.${part(bad)}`)).toMatch(/^TEMPID_TAMPERED/);
    }
  });
});

import { createHmac, createSign, randomBytes, sign } from 'node:crypto';
import * as jose from 'jose';
import { describe, expect, it } from '@jest/globals';
import { CLAIMS, encrypt, encrypted, HEADER, tempid, withHeader } from '../support/attacked-jwt.js';
import { EC, ED, ed25519, p256, part, pemOf, signByHand, whyNot } from '../support/jwt.js';

describe('The tokens that the attacks begin with', () => {
  it('verify', async () => {
    expect(await whyNot(tempid, signByHand(HEADER, CLAIMS))).toBe('accepted');
    expect(await whyNot(encrypted, await encrypt({}))).toBe('accepted');
  });
});

/** With an empty signature it ends in a dot, which is no part of a token: what is left has two parts. */
const NO_JWS = /^TEMPID_FORMAT: The string is not a token of a format/;

describe('alg none (RFC 8725 §2.1)', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', ''])(
    '%j is refused, with and without a signature',
    async (alg) => {
      for (const kid of ['hmac', 'ed', 'ec']) {
        const input = `${part({ alg, kid })}.${part(CLAIMS)}`;
        for (const signature of ['', 'AAAA', part(randomBytes(32))]) {
          expect(await whyNot(tempid, `${input}.${signature}`)).toMatch(
            signature === '' ? NO_JWS : /^TEMPID_FORMAT: The algorithm/,
          );
        }
      }
    },
  );

  it('is refused where alg is missing or no text', async () => {
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
    for (const [kid, alg] of [
      ['hmac', 'HS256'],
      ['ed', 'EdDSA'],
      ['ec', 'ES256'],
    ]) {
      const input = `${part({ alg, kid })}.${part(CLAIMS)}`;
      for (const signature of ['', 'AAAA', part(Buffer.alloc(64))]) {
        expect(await whyNot(tempid, `${input}.${signature}`)).toMatch(
          signature === '' ? NO_JWS : /^TEMPID_TAMPERED: The signature/,
        );
      }
    }
  });
});

describe('HS256 with a public key (RFC 8725 §2.1)', () => {
  const jwkOf = ({ publicKey }: typeof ED) => JSON.stringify(publicKey.export({ format: 'jwk' }));
  const rawOf = ({ publicKey }: typeof ED) =>
    Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const derOf = ({ publicKey }: typeof ED) => publicKey.export({ format: 'der', type: 'spki' });

  it.each([
    ['ed', ED],
    ['ec', EC],
  ])('is refused for the key %s, however the public key is written', async (kid, pair) => {
    for (const secret of [pemOf(pair.publicKey), jwkOf(pair), rawOf(pair), derOf(pair)]) {
      for (const alg of ['HS256', 'HS384', 'HS512']) {
        const input = `${part({ alg, kid })}.${part(CLAIMS)}`;
        const mac = createHmac(alg.replace('HS', 'sha'), secret).update(input).digest('base64url');
        expect(await whyNot(tempid, `${input}.${mac}`)).toMatch(/^TEMPID_FORMAT: The algorithm/);
      }
    }
  });

  it('and so is each algorithm with the key of each other', async () => {
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

  it('nor does a key of the right type sign for another', async () => {
    for (const [alg, kid, pair] of [
      ['EdDSA', 'ed', ed25519()],
      ['ES256', 'ec', p256()],
    ] as const) {
      const value = await new jose.CompactSign(Buffer.from(JSON.stringify(CLAIMS)))
        .setProtectedHeader({ alg, kid })
        .sign(pair.privateKey);
      expect(await whyNot(tempid, value)).toMatch(/^TEMPID_TAMPERED: The signature/);
    }
  });
});

describe('Algorithms that are not supported', () => {
  it.each(['RS256', 'PS256', 'ES384', 'ES512', 'ES256K', 'Ed448', 'HS1', 'hs256', 'dir', 'RSA1_5'])(
    '%s is refused, and told apart from a bad signature',
    async (alg) => {
      expect(await whyNot(tempid, signByHand({ ...HEADER, alg }, CLAIMS))).toMatch(
        /^TEMPID_FORMAT: The algorithm/,
      );
    },
  );

  it.each(['A128KW', 'A256KW', 'RSA1_5', 'RSA-OAEP', 'ECDH-ES', 'A256GCMKW', 'HS256', 'none'])(
    '%s is refused for a JWE',
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

describe('A signature of ECDSA', () => {
  const input = `${part({ alg: 'ES256', kid: 'ec' })}.${part(CLAIMS)}`;
  const zero = '0'.repeat(64);

  it('of r and s that are zero is refused (CVE-2022-21449)', async () => {
    const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
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

  it('in DER is refused', async () => {
    const der = createSign('sha256').update(input).sign(EC.privateKey, 'base64url');
    expect(await whyNot(tempid, `${input}.${der}`)).toMatch(/^TEMPID_TAMPERED/);
  });

  it('that is turned into another good one is no other token: its uses are the same', async () => {
    const signature = sign('sha256', Buffer.from(input), {
      key: EC.privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
    const s = order - BigInt(`0x${signature.toString('hex', 32)}`);
    const turned = Buffer.concat([
      signature.subarray(0, 32),
      Buffer.from(s.toString(16).padStart(64, '0'), 'hex'),
    ]);
    const ids = [];
    for (const bytes of [signature, turned]) {
      ids.push((await tempid.verifyOrThrow(`${input}.${bytes.toString('base64url')}`)).id);
    }
    expect(new Set(ids).size).toBe(1);

    const { jti: _, ...nameless } = CLAIMS;
    const other = `${part({ alg: 'ES256', kid: 'ec' })}.${part(nameless)}`;
    const one = async () => {
      const made = sign('sha256', Buffer.from(other), {
        key: EC.privateKey,
        dsaEncoding: 'ieee-p1363',
      });
      return (await tempid.verifyOrThrow(`${other}.${made.toString('base64url')}`)).id;
    };
    expect(await one()).toBe(await one());
  });
});

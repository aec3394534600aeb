import { createHmac, createSign, randomBytes, sign } from 'node:crypto';
import { Test } from '@nestjs/testing';
import * as jose from 'jose';
import { describe, expect, it, jest } from '@jest/globals';
import { TempIDModule, TempIDService } from '../../src/index.js';
import { jwe, jws } from '../../src/jwt/index.js';
import {
  EC,
  ED,
  ed25519,
  HMAC_SECRET,
  p256,
  part,
  pemOf,
  serviceOf,
  signByHand,
  whyNot,
} from '../support/jwt.js';
import { SECRET } from '../support/secrets.js';

const CLAIMS = { exp: 4_000_000_000, iat: 1_700_000_000, jti: 'a'.repeat(32) };
const HEADER = { alg: 'HS256', kid: 'hmac' };

/** One key of each type, under a name each. */
const tempid = serviceOf(
  jws({
    keys: [
      { kid: 'hmac', secret: HMAC_SECRET },
      { kid: 'ed', privateKey: ED.privateKey },
      { kid: 'ec', privateKey: EC.privateKey },
    ],
  }),
);
const ENCRYPTION_KEY = randomBytes(32);
const encrypted = serviceOf(jwe({ keys: [{ kid: 'enc', secret: ENCRYPTION_KEY }] }));

/** A JWE by jose, of any header. */
const encrypt = (header: object, plaintext: unknown = CLAIMS, key: Uint8Array = ENCRYPTION_KEY) =>
  new jose.CompactEncrypt(Buffer.from(JSON.stringify(plaintext)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: 'enc', ...header })
    .encrypt(key);

/** A good JWE whose header is another: no tag fits. */
const withHeader = async (header: object) => {
  const [, ...rest] = (await encrypt({})).split('.');
  return [part(header), ...rest].join('.');
};

describe('The tokens that the attacks begin with', () => {
  it('verify', async () => {
    expect(await whyNot(tempid, signByHand(HEADER, CLAIMS))).toBe('accepted');
    expect(await whyNot(encrypted, await encrypt({}))).toBe('accepted');
  });
});

describe('alg none (RFC 8725 §2.1)', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', ''])(
    '%j is refused, with and without a signature',
    async (alg) => {
      for (const kid of ['hmac', 'ed', 'ec']) {
        const input = `${part({ alg, kid })}.${part(CLAIMS)}`;
        for (const signature of ['', 'AAAA', part(randomBytes(32))]) {
          expect(await whyNot(tempid, `${input}.${signature}`)).toMatch(
            /^TEMPID_FORMAT: The algorithm/,
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
          /^TEMPID_TAMPERED: The signature/,
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

describe('The kid', () => {
  it('that is missing is refused as malformed, also where there is one key only', async () => {
    const single = serviceOf(jws({ keys: [{ kid: 'hmac', secret: HMAC_SECRET }] }));
    for (const service of [tempid, single]) {
      expect(await whyNot(service, signByHand({ alg: 'HS256' }, CLAIMS))).toBe(
        `TEMPID_FORMAT: The header of the token has no 'kid'.`,
      );
    }
    expect(await whyNot(encrypted, await withHeader({ alg: 'dir', enc: 'A256GCM' }))).toMatch(
      /no 'kid'/,
    );
  });

  it.each([null, 1, [], ['hmac'], { toString: 'hmac' }, true])(
    '%j is refused as malformed',
    async (kid) => {
      expect(await whyNot(tempid, signByHand({ ...HEADER, kid }, CLAIMS))).toMatch(
        /^TEMPID_FORMAT/,
      );
    },
  );

  it.each([
    'other',
    '',
    'HMAC',
    'hmac ',
    '__proto__',
    'constructor',
    'toString',
    '../../../../dev/null',
    `' OR 1=1 --`,
    '\u0000',
  ])('%j is refused as one that is not known', async (kid) => {
    expect(await whyNot(tempid, signByHand({ ...HEADER, kid }, CLAIMS))).toMatch(
      /^TEMPID_TAMPERED: .* not configured here/,
    );
  });

  it.each(['', 'AAAAAA', 'AAAAAAA', 'AAAA', '!!!!!!', '__proto__'])(
    '%j is no key derived from a secret',
    async (kid) => {
      for (const [service, value] of [
        [serviceOf(jws()), signByHand({ ...HEADER, kid }, CLAIMS)],
        [serviceOf(jwe()), await withHeader({ alg: 'dir', enc: 'A256GCM', kid })],
      ] as const) {
        expect(await whyNot(service, value)).toMatch(/^TEMPID_TAMPERED: .* not configured here/);
      }
    },
  );

  it('written in base64url that is not canonical names no secret', async () => {
    const service = serviceOf(jws());
    const kid = service.keys()[0]?.kid ?? '';
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const other = kid.slice(0, -1) + last.charAt(last.indexOf(kid.slice(-1)) + 1);
    expect(Buffer.from(other, 'base64url')).toEqual(Buffer.from(kid, 'base64url'));
    expect(await whyNot(service, signByHand({ ...HEADER, kid: other }, CLAIMS))).toMatch(
      /^TEMPID_TAMPERED: .* not configured here/,
    );
  });
});

describe('A member of the header that would change how a token is read (RFC 8725 §2.4, 2.5, 3.10)', () => {
  const attacker = ed25519();
  const jwk = attacker.publicKey.export({ format: 'jwk' });
  const members: readonly (readonly [string, object])[] = [
    ['crit', { crit: ['exp'], exp: 1 }],
    ['crit', { crit: [] }],
    ['crit', { crit: null }],
    ['b64', { b64: false }],
    ['crit', { crit: ['b64'], b64: false }],
    ['zip', { zip: 'DEF' }],
    ['cty', { cty: 'JWT' }],
    ['jku', { jku: 'https://attacker.example/jwks.json' }],
    ['x5u', { x5u: 'https://attacker.example/cert.pem' }],
    ['jwk', { jwk }],
    ['x5c', { x5c: ['AAAA'] }],
    ['p2c', { p2c: 2_147_483_647 }],
    ['p2s', { p2s: 'AAAA' }],
    ['epk', { epk: jwk }],
    ['apu', { apu: 'AAAA' }],
    ['apv', { apv: 'AAAA' }],
  ];

  it.each(members)('%s in %j is refused, though the token is authentic', async (name, more) => {
    const refusal = `TEMPID_FORMAT: The header of the token has '${name}', which is refused here.`;
    expect(await whyNot(tempid, signByHand({ ...HEADER, ...more }, CLAIMS))).toBe(refusal);
    const value = await withHeader({ alg: 'dir', enc: 'A256GCM', kid: 'enc', ...more });
    expect(await whyNot(encrypted, value)).toBe(refusal);
  });

  it('jwk: a token that brings its own key is refused', async () => {
    const value = await new jose.CompactSign(Buffer.from(JSON.stringify(CLAIMS)))
      .setProtectedHeader({ alg: 'EdDSA', kid: 'ed', jwk })
      .sign(attacker.privateKey);
    expect(await whyNot(tempid, value)).toMatch(/has 'jwk'/);
  });

  it('jku, x5u: nothing is fetched', async () => {
    const fetching = jest.spyOn(globalThis, 'fetch');
    for (const [, more] of members)
      await whyNot(tempid, signByHand({ ...HEADER, ...more }, CLAIMS));
    expect(fetching).not.toHaveBeenCalled();
    fetching.mockRestore();
  });

  it('any other is ignored, as RFC 7515 says', async () => {
    expect(await whyNot(tempid, signByHand({ ...HEADER, x5t: 'AAAA', region: 'eu' }, CLAIMS))).toBe(
      'accepted',
    );
  });

  it('that every object has, and the header has not, does not count', async () => {
    const polluted = signByHand(`{"__proto__":{"alg":"HS256","kid":"hmac"}}`, CLAIMS);
    expect(await whyNot(tempid, polluted)).toMatch(/^TEMPID_FORMAT/);
    expect({}).not.toHaveProperty('kid');
  });
});

describe('A member of the header that a polluted prototype gives every object', () => {
  it('is none of the header', async () => {
    for (const [name, value, header] of [
      ['kid', 'hmac', { alg: 'HS256' }],
      ['alg', 'HS256', { kid: 'hmac' }],
    ] as const) {
      Reflect.defineProperty(Object.prototype, name, { value, configurable: true });
      try {
        expect(await whyNot(tempid, signByHand(header, CLAIMS))).toMatch(
          /^TEMPID_FORMAT: The header/,
        );
      } finally {
        Reflect.deleteProperty(Object.prototype, name);
      }
    }
  });
});

describe('A bomb', () => {
  it('of PBES2 rounds (p2c) is refused before any is counted', async () => {
    const derive = jest.spyOn(crypto.subtle, 'deriveBits');
    for (const alg of ['PBES2-HS256+A128KW', 'PBES2-HS384+A192KW', 'PBES2-HS512+A256KW']) {
      const header = {
        alg,
        enc: 'A256GCM',
        kid: 'enc',
        p2c: 2_147_483_647,
        p2s: 'AAAAAAAAAAAAAAAA',
      };
      expect(await whyNot(encrypted, await withHeader(header))).toMatch(
        /^TEMPID_FORMAT: The algorithm/,
      );
      const direct = await withHeader({ ...header, alg: 'dir' });
      expect(await whyNot(encrypted, direct)).toMatch(/^TEMPID_FORMAT: .* 'p2c'/);
    }
    expect(derive).not.toHaveBeenCalled();
    derive.mockRestore();
  });

  it('of compression (zip) is refused though it is authentic, and not inflated', async () => {
    const value = await encrypt({ zip: 'DEF' }, { ...CLAIMS, ext: { text: 'x'.repeat(100_000) } });
    expect(value.length).toBeLessThan(2_000);
    expect(await whyNot(encrypted, value)).toMatch(/^TEMPID_FORMAT: .* 'zip'/);
  });

  it('of a huge header is refused before it is decoded', async () => {
    const parse = jest.spyOn(JSON, 'parse');
    for (const header of [
      part({ ...HEADER, x: 'x'.repeat(2_000) }),
      'eyJ'.padEnd(1_025, 'A'),
      'eyJ'.padEnd(10_000_000, 'A'),
    ]) {
      expect(await whyNot(tempid, `${header}.${part(CLAIMS)}.AAAA`)).toMatch(
        /^TEMPID_FORMAT: A JWT has at most/,
      );
      expect(await whyNot(encrypted, `${header}..AAAAAAAAAAAAAAAA.AAAA.AAAA`)).toMatch(/at most/);
    }
    expect(parse).not.toHaveBeenCalled();
    parse.mockRestore();
  });

  it('of a huge token is refused before it is decoded, though it is authentic', async () => {
    const verifying = jest.spyOn(crypto.subtle, 'verify');
    const value = signByHand(HEADER, { ...CLAIMS, ext: { text: 'x'.repeat(13_000) } });
    expect(value.length).toBeGreaterThan(16_384);
    expect(await whyNot(tempid, value)).toMatch(/^TEMPID_FORMAT: A JWT has at most 16384/);
    expect(verifying).not.toHaveBeenCalled();
    verifying.mockRestore();
  });

  it('of dots is no token at all', async () => {
    for (const count of [0, 1, 3, 4, 5, 1_000_000]) {
      const value = `e${'.'.repeat(count)}`;
      expect(await whyNot(tempid, value)).toMatch(/^TEMPID_FORMAT/);
      expect(await whyNot(encrypted, value)).toMatch(/^TEMPID_FORMAT/);
    }
  });

  it('of nested lists is refused, though it is authentic', async () => {
    const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
    const deep = (depth: number) => signByHand(HEADER, { ...CLAIMS, ext: { list: nested(depth) } });
    expect(await whyNot(tempid, deep(512))).toBe('accepted');
    expect(await whyNot(tempid, deep(513))).toMatch(/^TEMPID_PAYLOAD: .* nested too deep/);
    const raw = `{"exp":4000000000,"iat":1,"ext":{"list":${'['.repeat(5_900)}${']'.repeat(5_900)}}}`;
    expect(await whyNot(tempid, signByHand(HEADER, raw))).toMatch(
      /^TEMPID_PAYLOAD: .* nested too deep/,
    );
    const elsewhere = `{"exp":4000000000,"iat":1,"x":${'['.repeat(5_900)}${']'.repeat(5_900)}}`;
    expect(await whyNot(tempid, signByHand(HEADER, elsewhere))).toBe('accepted');
  });
});

describe('A token within a token', () => {
  it('is refused, in a JWS and in a JWE', async () => {
    const inner = signByHand(HEADER, CLAIMS);
    expect(await whyNot(tempid, signByHand(HEADER, inner))).toMatch(/^TEMPID_PAYLOAD: The payload/);
    expect(await whyNot(tempid, signByHand({ ...HEADER, cty: 'JWT' }, inner))).toMatch(/'cty'/);
    expect(await whyNot(encrypted, await encrypt({}, inner))).toMatch(
      /^TEMPID_PAYLOAD: The payload/,
    );
    expect(await whyNot(encrypted, await encrypt({ cty: 'JWT' }, inner))).toMatch(/'cty'/);
  });
});

describe('A JWE', () => {
  it('with a part that the direct key has no use for, or of another length, is refused', async () => {
    const [header, , nonce, text, tag = ''] = (await encrypt({})).split('.');
    for (const [parts, code] of [
      [[header, 'AAAA', nonce, text, tag], 'TEMPID_FORMAT'],
      [[header, '', nonce?.slice(0, 12), text, tag], 'TEMPID_FORMAT'],
      [[header, '', `${nonce}AAAA`, text, tag], 'TEMPID_FORMAT'],
      [[header, '', nonce, text, tag.slice(0, 16)], 'TEMPID_FORMAT'],
      [[header, '', nonce, text, ''], 'TEMPID_FORMAT'],
      [[header, '', '', text, tag], 'TEMPID_FORMAT'],
      [[header, '', nonce, '', tag], 'TEMPID_TAMPERED'],
      [[header, '', nonce, `${text}AAAA`, tag], 'TEMPID_TAMPERED'],
    ] as const) {
      expect([parts, await whyNot(encrypted, parts.join('.'))]).toEqual([
        parts,
        expect.stringMatching(`^${code}`),
      ]);
    }
  });

  it('of another key is refused as changed', async () => {
    expect(await whyNot(encrypted, await encrypt({}, CLAIMS, randomBytes(32)))).toMatch(
      /^TEMPID_TAMPERED: The token was changed/,
    );
  });

  it('is not read as a JWS, nor a JWS as a JWE', async () => {
    expect(await whyNot(tempid, await encrypt({}))).toMatch(/^TEMPID_FORMAT/);
    expect(await whyNot(encrypted, signByHand(HEADER, CLAIMS))).toMatch(/^TEMPID_FORMAT/);
  });
});

describe('A refusal', () => {
  it('quotes nothing of the token', async () => {
    const markers = signByHand({ ...HEADER, alg: 'hunter2', kid: 'hunter2' }, CLAIMS);
    const claims = signByHand(HEADER, { ...CLAIMS, sub: ['hunter2'], ext: 'hunter2' });
    for (const value of [markers, claims]) {
      expect(await whyNot(tempid, value)).not.toMatch(/hunter2|accepted/);
    }
  });
});

describe('A key that is taken out while a token is decoded', () => {
  it('authenticates nothing any more', async () => {
    let answer = [{ kid: 'k1', privateKey: ED.privateKey }];
    let changed = () => {};
    const provider = {
      getKeys: () => answer,
      onChange: (change: () => void) => {
        changed = change;
        return () => undefined;
      },
    };
    const module = await Test.createTestingModule({
      imports: [
        TempIDModule.forRoot({ formats: [jws({ keys: provider })], format: 'jws', secret: SECRET }),
      ],
    }).compile();
    await module.init();
    const service = module.get(TempIDService);
    const token = await service.mint({ maxUses: 1 });
    answer = [{ kid: 'k2', privateKey: ed25519().privateKey }];
    changed();
    const reading = service.parse(token.value);
    await expect(reading).rejects.toMatchObject({ code: 'TEMPID_TAMPERED' });
    expect(await service.use(token)).toBe(false);
    await module.close();
  });
});

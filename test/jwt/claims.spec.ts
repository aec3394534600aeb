import { createHash } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryTempIDStore } from '../../src/index.js';
import { jwe, jws } from '../../src/jwt/index.js';
import { setClock } from '../support/clock.js';
import { createService } from '../support/service.js';
import { decodePart, HMAC_SECRET, serviceOf, signByHand, whyNot } from '../support/jwt.js';

const tempid = serviceOf(jws({ keys: [{ kid: 'k1', secret: HMAC_SECRET }] }));
const CLAIMS = { exp: 4_000_000_000, iat: 1_700_000_000 };
const tokenOf = (claims: object) =>
  signByHand({ alg: 'HS256', kid: 'k1' }, { ...CLAIMS, ...claims });
const idOf = async (claims: object) => (await tempid.verifyOrThrow(tokenOf(claims))).id;

afterEach(() => {
  jest.restoreAllMocks();
});

describe('A claim of another type', () => {
  const text = [null, 1, true, ['a'], { a: 'a' }, '', '\ud800'];
  const time = [null, '1', -1, true, [1], 8_640_000_000_001];
  const wrong: readonly (readonly [string, readonly unknown[], string])[] = [
    ['iss', text, `'iss' is of another type`],
    ['sub', text, `'sub' is of another type`],
    ['pur', text, `'pur' is of another type`],
    ['jti', text, `'jti' is of another type`],
    ['exp', [...time, undefined], `no 'exp' that is a time`],
    ['iat', time, `no 'iat' that is a time`],
    ['iat_frac_ms', [...time, 0.5, 1_000], `'iat_frac_ms' is of another type or range`],
    ['nbf', time, `'nbf' is of another type`],
    ['max_uses', [...time, 0, 1.5, 2_147_483_647], `'max_uses' is of another type or range`],
    [
      'bnd',
      [...text, 'A'.repeat(21), 'A'.repeat(23), `${'A'.repeat(21)}B`, `${'A'.repeat(20)}=Q`],
      `'bnd' is of`,
    ],
    [
      'aud',
      [null, 1, '', {}, [], ['a', 'b'], [1], [['a']]],
      `'aud' names not exactly one audience`,
    ],
    ['cnf', [{ jkt: 'AAAA' }, null], `it has 'cnf'`],
  ];

  it.each(wrong)(
    'a JWT with a wrong %s is refused, and the error names the claim',
    async (name, values, message) => {
      for (const value of values) {
        const refusal = await whyNot(tempid, tokenOf({ jti: 'id', [name]: value }));
        expect([value, refusal]).toEqual([
          value,
          expect.stringMatching(/^TEMPID_PAYLOAD: The payload of the token is malformed: /),
        ]);
        expect(refusal).toContain(message);
      }
    },
  );

  it.each([null, 1, 'text', true, [], [{}]])('a JWT whose ext is %j is refused', async (ext) => {
    expect(await whyNot(tempid, tokenOf({ ext }))).toBe(
      `TEMPID_PAYLOAD: The 'ext' of the token is no JSON object.`,
    );
  });

  it.each([
    'null',
    '[]',
    '"text"',
    '1',
    '',
    '{',
    '{"exp":1}x',
    '\ufeff{}',
    Buffer.from('{"a":"\xff"}', 'latin1'),
  ])('a JWT whose claims are %j is refused as no JSON object', async (claims) => {
    const value = signByHand({ alg: 'HS256', kid: 'k1' }, claims);
    expect(await whyNot(tempid, value)).toMatch(/^TEMPID_PAYLOAD: .* no JSON object in UTF-8/);
  });
});

describe('The claims of a token of another issuer', () => {
  it('unknown claims of another issuer are ignored', async () => {
    expect(await whyNot(tempid, tokenOf({ scope: 'a b', name: { first: 'Ada' } }))).toBe(
      'accepted',
    );
  });

  it('a JWT of another issuer needs iat only beside a purpose or a subject, whose revocation goes by it', async () => {
    const { iat: _, ...timeless } = CLAIMS;
    const signed = (claims: object) =>
      signByHand({ alg: 'HS256', kid: 'k1' }, { ...timeless, ...claims });
    const token = await tempid.verifyOrThrow(signed({ jti: 'timeless' }));
    expect(token.issuedAt).toBeNull();
    await tempid.revoke(token);
    expect(await tempid.use(signed({ jti: 'timeless' }))).toBe(false);
    for (const claims of [{ sub: 'ada' }, { pur: 'invite' }, { pur: 'invite', iat_frac_ms: 5 }]) {
      expect(await whyNot(tempid, signed(claims))).toMatch(
        /^TEMPID_PAYLOAD: .* no 'iat' that is a/,
      );
    }
  });

  it('a JWT of another issuer may have an audience in a list of one', async () => {
    const token = await tempid.verify(tokenOf({ aud: ['app'] }), { audience: 'app' });
    expect(token?.audience).toBe('app');
  });

  it('times with a fraction in a JWT never lengthen its life', async () => {
    const value = tokenOf({ exp: 2_000_000_000.9, nbf: 1_900_000_000.1, iat: 1_800_000_000.123 });
    setClock(1_950_000_000_000);
    const token = await tempid.verifyOrThrow(value);
    expect(token).toMatchObject({
      expiresAt: new Date(2_000_000_000_000),
      notBefore: new Date(1_900_000_001_000),
      issuedAt: new Date(1_800_000_000_123),
    });
    setClock(1_900_000_000_999);
    expect(await whyNot(tempid, value)).toMatch(/^TEMPID_NOT_YET_VALID/);
    setClock(2_000_000_000_000);
    expect(await whyNot(tempid, value)).toMatch(/^TEMPID_EXPIRED/);
  });

  it('a JWT may have __proto__ in ext, as a property like any other', async () => {
    const value = signByHand(
      { alg: 'HS256', kid: 'k1' },
      `{"exp":4000000000,"iat":1,"ext":{"__proto__":{"admin":true}}}`,
    );
    const { payload } = await tempid.verifyOrThrow(value);
    expect(Object.keys(payload ?? {})).toEqual(['__proto__']);
    expect(payload).not.toHaveProperty('admin');
  });
});

describe('The refusal of a JWT', () => {
  it('the refusal of a JWT tells apart expired, malformed, unsupported and badly signed', async () => {
    const [header = '', claims = '', signature = ''] = tokenOf({}).split('.');
    const refusals = await Promise.all(
      [
        tokenOf({ exp: 1_700_000_001 }),
        `eyJ.${claims}.${signature}`,
        `${header}=.${claims}.${signature}`,
        `${header}.${claims}=.${signature}`,
        tokenOf({ sub: 1 }),
        signByHand({ alg: 'RS512', kid: 'k1' }, CLAIMS),
        `${header}.${claims}.${signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}`,
        signByHand({ alg: 'HS256', kid: 'k1' }, CLAIMS, Buffer.alloc(64, 1)),
      ].map((value) => whyNot(tempid, value)),
    );
    expect(refusals).toEqual([
      'TEMPID_EXPIRED: The token has expired.',
      'TEMPID_FORMAT: The header of the token is malformed.',
      'TEMPID_FORMAT: The header of the token is malformed.',
      'TEMPID_FORMAT: The payload or the signature of the token is malformed: it is not canonical base64url.',
      `TEMPID_PAYLOAD: The payload of the token is malformed: 'sub' is of another type or range.`,
      'TEMPID_FORMAT: The algorithm of the token is not supported here, or is not that of its key.',
      'TEMPID_TAMPERED: The signature of the token is wrong: it was changed, or made with another key.',
      'TEMPID_TAMPERED: The signature of the token is wrong: it was changed, or made with another key.',
    ]);
  });

  it('parse reads an expired JWT, but none with a wrong signature', async () => {
    const expired = tokenOf({ exp: 1_700_000_001, sub: 'ada' });
    expect((await tempid.parse(expired)).subject).toBe('ada');
    await expect(tempid.parse(`${expired.slice(0, -3)}AAA`)).rejects.toMatchObject({
      code: expect.stringMatching(/TAMPERED|FORMAT/),
    });
  });

  it('a JWT is granted the leeway of the module', async () => {
    const lenient = serviceOf(jws({ keys: [{ kid: 'k1', secret: HMAC_SECRET }] }), {
      leeway: '30s',
    });
    const value = tokenOf({ exp: 2_000_000_000, nbf: 1_900_000_000 });
    for (const [now, answer] of [
      [1_900_000_000_000 - 30_000, 'accepted'],
      [1_900_000_000_000 - 30_001, 'TEMPID_NOT_YET_VALID'],
      [2_000_000_030_000 - 1, 'accepted'],
      [2_000_000_030_000, 'TEMPID_EXPIRED'],
    ] as const) {
      setClock(now);
      expect(await whyNot(lenient, value)).toMatch(answer);
    }
  });
});

describe('The id of a JWT in a store', () => {
  it('the id of a JWT in a store is never the jti itself, so no jti can name another token', async () => {
    const store = new MemoryTempIDStore();
    const ours = createService({}, store);
    const theirs = serviceOf(jws({ keys: [{ kid: 'k1', secret: HMAC_SECRET }] }), {}, store);
    const token = await ours.mint({ maxUses: 1 });
    const forged = tokenOf({ jti: token.id, max_uses: 9 });
    expect(await theirs.use(forged)).toBe(true);
    await theirs.revoke(forged);
    expect(await ours.use(token)).toBe(true);
    await theirs.refund(forged);
    expect(await ours.use(token)).toBe(false);
  });

  it('the id of a JWT differs between a JWS and a JWE of the same kid and jti', async () => {
    const encryptionKey = Buffer.alloc(32, 'a secret of jwe');
    const service = createService({
      formats: [
        jws({ keys: [{ kid: 'main', secret: HMAC_SECRET }] }),
        jwe({ keys: [{ kid: 'main', secret: encryptionKey }] }),
      ],
      format: 'jws',
      accept: ['jws', 'jwe'],
    });
    const { value } = await service.mint({ maxUses: 1 });
    const forged = await new CompactEncrypt(Buffer.from(JSON.stringify(decodePart(value, 1))))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: 'main' })
      .encrypt(encryptionKey);
    expect(await service.use(forged)).toBe(true);
    await service.revoke(forged);
    expect(await service.use(value)).toBe(true);
  });

  it('the id of a JWT differs between two keys', async () => {
    const store = new MemoryTempIDStore();
    const keys = [
      { kid: 'k1', secret: HMAC_SECRET },
      { kid: 'theirs', secret: Buffer.alloc(32, 'theirs') },
    ];
    const service = serviceOf(jws({ keys }), {}, store);
    const claims = { exp: 4_000_000_000, iat: 1_700_000_000, jti: 'one', max_uses: 1 };
    const header = { alg: 'HS256', kid: 'theirs' };
    await service.revoke(signByHand(header, claims, Buffer.alloc(32, 'theirs')));
    expect(await service.use(tokenOf({ jti: 'one', max_uses: 1 }))).toBe(true);
  });

  it.each([
    'short',
    'x'.repeat(31),
    'Az09_-'.padEnd(32, 'x'),
    'x'.repeat(33),
    `${'x'.repeat(31)}=`,
    `${'x'.repeat(31)} `,
    '\u0000',
  ])('the id of a JWT is a hash of the key, the issuer and the jti %j', async (jti) => {
    const text = JSON.stringify(['nestjs-tempid jws', 'jti', 'k1', 'them', jti]);
    const hash = createHash('sha256').update(text).digest().toString('base64url', 0, 24);
    expect(await idOf({ jti, iss: 'them' })).toBe(hash);
    expect(hash).toMatch(/^[\w-]{32}$/);
  });

  it('the id of a JWT differs between two issuers, and between two jti', async () => {
    const ids = [
      await idOf({ jti: 'b' }),
      await idOf({ jti: 'b', iss: 'a' }),
      await idOf({ jti: 'ab' }),
      await idOf({ jti: '"b', iss: 'a' }),
      await idOf({ jti: 'b', iss: 'a\u0000' }),
      await idOf({ jti: '\u0000b', iss: 'a' }),
      await idOf({ jti: '\ufffd' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('the id and the uses of a JWT stay the same where its claims are written in another way', async () => {
    const store = new MemoryTempIDStore();
    const service = serviceOf(jws({ keys: [{ kid: 'k1', secret: HMAC_SECRET }] }), {}, store);
    const uses = { jti: 'once', max_uses: 1 };
    expect(await service.use(tokenOf(uses))).toBe(true);
    expect(await service.use(tokenOf({ ...uses, ext: {} }))).toBe(false);
  });

  it('a JWT without a jti counts nothing: it is neither used up nor revoked', async () => {
    const value = tokenOf({ ext: { a: 1 } });
    expect(await tempid.verify(value)).not.toBeNull();
    expect(await tempid.use(value)).toBe(false);
    for (const call of [tempid.useOrThrow(value), tempid.revoke(value), tempid.usesInfo(value)]) {
      await expect(call).rejects.toMatchObject({ code: 'TEMPID_SCOPE' });
    }
    await expect(tempid.verifyOrThrow(value, { checkUses: true })).rejects.toMatchObject({
      code: 'TEMPID_SCOPE',
    });
    expect((await tempid.parse(value)).id).toMatch(/^[\w-]{32}$/);
    expect(await whyNot(tempid, tokenOf({ max_uses: 1 }))).toMatch(/no 'jti' to count them by/);
  });
});

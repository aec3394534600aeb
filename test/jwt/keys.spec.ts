import { generateKeyPairSync, type KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  jws,
  type JwsKeyOption,
  type JwsOptions,
  type KeyMaterial,
  keysFromEnvironment,
} from '../../src/jwt/index.js';
import { MINUTE, NOW, setClock } from '../support/clock.js';
import {
  decodePart,
  EC,
  ED,
  ed25519,
  HMAC_SECRET,
  p256,
  pemOf,
  serviceOf,
  whyNot,
} from '../support/jwt.js';
import { P384, P521, RSA } from '../support/jwt-algorithms.js';

const configuration = (message: string) =>
  expect.objectContaining({
    code: 'TEMPID_CONFIGURATION',
    message: expect.stringContaining(message),
  });

const nameOf = ({ asymmetricKeyDetails: details }: KeyObject) => details?.namedCurve ?? 'RSA';
const kidOf = (value: string) => decodePart(value, 0)['kid'];
const OTHER = ed25519();
/** Of a key of P-256, signed by itself. */
const CERTIFICATE =
  'MIIBbjCCARWgAwIBAgIUcoV9dF397KQC74Z+2I/OVL0yaSUwCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBeDAgFw0yNjExMjgxODQ3MThaGA8y' +
  'MTI2MTEwNDE4NDcxOFowDDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDIzADDnACoPxdz1XZD8db4OZpOTjnvC7D9x' +
  'KPwcVfjxs5fzu+4zFGtGuO+kDitzJ4QMfAH77XUofWVLrASGv8yjUzBRMB0GA1UdDgQWBBStWP9K6i3dAkDMcvVxP2iTgPTMqzAfBgNVHSME' +
  'GDAWgBStWP9K6i3dAkDMcvVxP2iTgPTMqzAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIDcLtkxhGt+YNOJhZTVJWuf1D6nJ' +
  'Vf4InvXmHTofJUWqAiBRnmbzJseweHF+sRdlm/rJr0VCc2q4M0d896X00k289w==';
const DER = ED.publicKey.export({ type: 'spki', format: 'der' });

afterEach(() => {
  jest.restoreAllMocks();
});

describe('A key of jws', () => {
  it.each([
    ['PEM', pemOf(ED.privateKey), pemOf(ED.publicKey)],
    [
      'PEM of P-256 in SEC 1',
      EC.privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
      pemOf(EC.publicKey),
    ],
    ['a JWK', ED.privateKey.export({ format: 'jwk' }), ED.publicKey.export({ format: 'jwk' })],
    [
      'a JWK of P-256',
      EC.privateKey.export({ format: 'jwk' }),
      EC.publicKey.export({ format: 'jwk' }),
    ],
    [
      'a JWK with alg and use',
      { ...ED.privateKey.export({ format: 'jwk' }), alg: 'EdDSA', use: 'sig' },
      { ...ED.publicKey.export({ format: 'jwk' }), alg: 'Ed25519' },
    ],
    [
      'a JWK with members that are undefined',
      { ...ED.privateKey.export({ format: 'jwk' }), alg: undefined, use: undefined },
      Object.assign(ED.publicKey.export({ format: 'jwk' }), { d: undefined, use: undefined }),
    ],
    [
      'a JWK with key_ops',
      { ...ED.privateKey.export({ format: 'jwk' }), key_ops: ['verify', 'sign'] },
      { ...ED.publicKey.export({ format: 'jwk' }), key_ops: ['verify'], use: 'sig' },
    ],
    ['a KeyObject', EC.privateKey, EC.publicKey],
    ...[P384, P521, RSA].flatMap(
      ({ privateKey, publicKey }): (readonly [string, KeyMaterial, KeyMaterial])[] => [
        [`PEM of ${nameOf(publicKey)}`, pemOf(privateKey), pemOf(publicKey)],
        [
          `a JWK of ${nameOf(publicKey)}`,
          privateKey.export({ format: 'jwk' }),
          publicKey.export({ format: 'jwk' }),
        ],
        [`a KeyObject of ${nameOf(publicKey)}`, privateKey, publicKey],
      ],
    ),
    [
      'PEM of RSA in PKCS #1',
      RSA.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      RSA.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    ],
  ])('a key of jws may be %s', async (_, privateKey, publicKey) => {
    const signing = serviceOf(jws({ keys: [{ kid: 'k1', privateKey }] }));
    const verifying = serviceOf(jws({ keys: [{ kid: 'k1', publicKey }] }));
    expect(await whyNot(verifying, (await signing.mint()).value)).toBe('accepted');
    expect((await signing.jwks()).keys.map(({ kid }) => kid)).toEqual(['k1']);
    expect(await verifying.jwks()).toEqual({ keys: [] });
  });

  it('a key is refused at the start where its public part is not its own', () => {
    const other = p256().publicKey.export({ format: 'jwk' });
    const mixed = { ...EC.privateKey.export({ format: 'jwk' }), ...other };
    const start = () => serviceOf(jws({ keys: [{ kid: 'k1', privateKey: mixed }] }));
    expect(start).toThrow(/has a 'privateKey' (that cannot be read|whose public part is not)/);
  });

  it('a key may be the JWK of a JWKS, or one of WebCrypto, as it is', async () => {
    const { privateKey } = (await webcrypto.subtle.generateKey({ name: 'Ed25519' }, true, [
      'sign',
      'verify',
    ])) as webcrypto.CryptoKeyPair;
    const ours = await webcrypto.subtle.exportKey('jwk', privateKey);
    const signing = serviceOf(jws({ keys: [{ kid: 'k1', privateKey: ours }] }));
    const { keys } = await signing.jwks();
    const verifying = serviceOf(
      jws({ keys: keys.map((key) => ({ kid: key.kid, publicKey: key })) }),
    );
    expect(await whyNot(verifying, (await signing.mint()).value)).toBe('accepted');
  });

  it.each([
    ['a public key in PEM', pemOf(ED.publicKey)],
    ['a private key in PEM, as bytes', Buffer.from(pemOf(EC.privateKey))],
    ['a JWK as text', JSON.stringify(ED.publicKey.export({ format: 'jwk' }))],
    [
      'a JWK after a byte order mark',
      `\ufeff${JSON.stringify(ED.publicKey.export({ format: 'jwk' }))}`,
    ],
    ['a public key in DER', DER],
    ['a public key in DER, in base64', DER.toString('base64')],
    ['a public key in DER, in base64url', DER.toString('base64url')],
    ['a public key in PEM, in base64', Buffer.from(pemOf(EC.publicKey)).toString('base64')],
    [
      'a public key of RSA in PKCS #1, in DER',
      RSA.publicKey.export({ type: 'pkcs1', format: 'der' }),
    ],
    ['a certificate, in DER and base64', CERTIFICATE],
    ['a key of SSH', `ssh-ed25519 ${'A'.repeat(64)}`],
    ['a key of SSH, indented', ` ssh-ed25519 ${'A'.repeat(64)}`],
    ['a key of SSH in hardware', `sk-ecdsa-sha2-nistp256@openssh.com ${'A'.repeat(64)}`],
    ['a key of SSH by RFC 4716', `---- BEGIN SSH2 PUBLIC KEY ----\n${'A'.repeat(64)}`],
  ])('a secret is refused where it is %s', (_, secret) => {
    const start = () => serviceOf(jws({ keys: [{ kid: 'k1', secret }] }));
    expect(start).toThrow(/has a public or private key as 'secret'/);
  });

  it('a key does not sign where the format has another alg', async () => {
    setClock(NOW);
    const keys = [
      { kid: 'ed', privateKey: ED.privateKey, notAfter: new Date(NOW + 1_000) },
      { kid: 'hmac', secret: HMAC_SECRET },
    ];
    const [strict, lenient] = [serviceOf(jws({ alg: 'EdDSA', keys })), serviceOf(jws({ keys }))];
    setClock(NOW + 1_000);
    await expect(strict.mint()).rejects.toEqual(configuration('no key to make a token'));
    expect(decodePart((await lenient.mint()).value, 0)).toMatchObject({ alg: 'HS256' });
  });

  it('a public key only verifies', async () => {
    const tempid = serviceOf(jws({ keys: [{ kid: 'k1', publicKey: ED.publicKey }] }));
    await expect(tempid.mint()).rejects.toEqual(configuration('no key to make a token'));
    expect(tempid.keys()[1]).toMatchObject({ kid: 'k1', role: 'verifies' });
  });

  const weak = generateKeyPairSync('rsa', { modulusLength: 2047 });
  const three = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
  const k256 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  const x25519 = generateKeyPairSync('x25519');
  const encryptedPem = ED.privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'hunter2' })
    .toString();
  const good = { kid: 'k1', privateKey: ED.privateKey };
  const rsaJwk = RSA.publicKey.export({ format: 'jwk' });
  const jwk = ED.privateKey.export({ format: 'jwk' });

  it.each<[string, object, string]>([
    ['RSA of 2047 bits', { kid: 'k', privateKey: weak.privateKey }, 'is RSA of 2047 bits'],
    ['RSA of 2047 bits, public', { kid: 'k', publicKey: pemOf(weak.publicKey) }, 'at least 2048'],
    ['RSA of exponent 3', { kid: 'k', publicKey: three.publicKey }, 'the public exponent 3'],
    ['RSA-PSS', { kid: 'k', privateKey: pss.privateKey }, 'is of the type rsa-pss'],
    ['secp256k1', { kid: 'k', privateKey: k256.privateKey }, 'is of the type ec (secp256k1)'],
    [
      'RSA for another alg',
      { kid: 'k', privateKey: RSA.privateKey, alg: 'RS512' },
      `is RSA: its 'alg' is RS256 or PS256`,
    ],
    [
      'RSA for HS256',
      { kid: 'k', publicKey: RSA.publicKey, alg: 'HS256' },
      `is RSA: its 'alg' is RS256 or PS256`,
    ],
    ['P-384 with an alg', { kid: 'k', privateKey: P384.privateKey, alg: 'ES384' }, 'leave it out'],
    [
      'a JWK of RSA of another alg',
      { kid: 'k', publicKey: { ...rsaJwk, alg: 'RS512' } },
      `'alg' or 'use' is not that of a key of RS256 or PS256`,
    ],
    [
      'a JWK of RSA whose alg is not the one named',
      { kid: 'k', publicKey: { ...rsaJwk, alg: 'RS256' }, alg: 'PS256' },
      `'alg' or 'use' is not that of a key of PS256`,
    ],
    [
      'a JWK of RSA for encryption',
      { kid: 'k', publicKey: { ...rsaJwk, use: 'enc' } },
      `'alg' or 'use'`,
    ],
    ['X25519', { kid: 'k', privateKey: x25519.privateKey }, 'is of the type x25519'],
    [
      'PEM that is cut off',
      { kid: 'k', privateKey: pemOf(ED.privateKey).slice(0, 60) },
      'cannot be read',
    ],
    ['encrypted PEM', { kid: 'k', privateKey: encryptedPem }, 'not encrypted'],
    ['text', { kid: 'k', privateKey: 'hunter2' }, 'no private key'],
    ['a public key as private', { kid: 'k', privateKey: ED.publicKey }, 'no private key'],
    ['a public PEM as private', { kid: 'k', privateKey: pemOf(ED.publicKey) }, 'no private key'],
    ['a private key as public', { kid: 'k', publicKey: ED.privateKey }, 'has a private key as'],
    [
      'a private PEM as public',
      { kid: 'k', publicKey: pemOf(ED.privateKey) },
      'has a private key as',
    ],
    ['a private JWK as public', { kid: 'k', publicKey: jwk }, 'has a private key as'],
    ['a JWK for encryption', { kid: 'k', privateKey: { ...jwk, use: 'enc' } }, `'alg' or 'use'`],
    ['a JWK of another alg', { kid: 'k', privateKey: { ...jwk, alg: 'ES256' } }, `'alg' or 'use'`],
    ...[[], ['verify'], ['encrypt'], 'sign', ['sign', 'sign'], null].map(
      (ops): [string, object, string] => [
        `a private JWK whose key_ops is ${JSON.stringify(ops)}`,
        { kid: 'k', privateKey: { ...jwk, key_ops: ops } },
        `'key_ops' is not for this: it must be a list that has 'sign', and nothing twice`,
      ],
    ),
    ...[[], ['sign'], ['verify', 'encrypt', 'encrypt']].map((ops): [string, object, string] => [
      `a public JWK whose key_ops is ${JSON.stringify(ops)}`,
      { kid: 'k', publicKey: { ...rsaJwk, key_ops: ops } },
      `'key_ops' is not for this: it must be a list that has 'verify', and nothing twice`,
    ]),
    ['a JWK that is cut off', { kid: 'k', privateKey: { ...jwk, d: 'AAAA' } }, 'cannot be read'],
    [
      'a certificate as public',
      { kid: 'k', publicKey: '-----BEGIN CERTIFICATE-----\nhunter2' },
      'cannot be read',
    ],
    ['nothing', { kid: 'k', privateKey: undefined }, 'no private key'],
    ['no kid', { privateKey: ED.privateKey }, `must have a 'kid'`],
    ['a kid with a space', { ...good, kid: 'a b' }, `must have a 'kid'`],
    ['a kid with a quote', { ...good, kid: 'a"b' }, `must have a 'kid'`],
    ['a kid that is long', { ...good, kid: 'a'.repeat(129) }, `must have a 'kid'`],
    ['two materials', { ...good, secret: HMAC_SECRET }, 'one of'],
    ['an unknown name', { ...good, hunter2: 1 }, 'and nothing else'],
    ['an alg for a private key', { ...good, alg: 'EdDSA' }, `leave it out`],
    ['a wrong notAfter', { ...good, notAfter: '2026' }, `'notAfter' of key 1 of jws`],
    ['a short secret', { kid: 'k', secret: randomBytes(31) }, 'at least 32 are needed'],
    [
      'a short secret for HS512',
      { kid: 'k', secret: randomBytes(63), alg: 'HS512' },
      'at least 64',
    ],
    [
      'a secret of another alg',
      { kid: 'k', secret: HMAC_SECRET, alg: 'EdDSA' },
      'HS256, HS384 or HS512',
    ],
    ['null', null as unknown as object, 'must have'],
  ])('a key is refused at the start and not quoted where it is %s', (_, key, message) => {
    const starting = () => serviceOf(jws({ keys: [key as JwsKeyOption] }));
    expect(starting).toThrow(configuration(message));
    expect(starting).not.toThrow(/hunter2|PRIVATE KEY-----|AAAA/);
  });

  it.each<[string, JwsOptions, string]>([
    ['are none', { keys: [] }, 'must be a list of keys'],
    ['are no list', { keys: 'x' as unknown as [] }, 'must be a list of keys'],
    [
      'have one kid twice',
      { keys: [good, { kid: 'k1', secret: HMAC_SECRET }] },
      'Key 2 of jws has the kid',
    ],
    [
      'have all ended',
      { keys: [{ ...good, notAfter: new Date(0) }] },
      `'notAfter' of every key of jws`,
    ],
    [
      'begin with a public one',
      { keys: [{ kid: 'p', publicKey: EC.publicKey }, good] },
      'has no private key',
    ],
    ['begin with one of another alg', { alg: 'ES256', keys: [good] }, `'alg' of jws is ES256`],
    ['begin with a key, and alg is HMAC', { alg: 'HS256', keys: [good] }, `'alg' of jws is HS256`],
    [
      'are short for the alg',
      { alg: 'HS512', keys: [{ kid: 'k', secret: randomBytes(32) }] },
      'at least 64',
    ],
  ])('jws is refused at the start where its keys %s', (_, options, message) => {
    expect(() => serviceOf(jws(options))).toThrow(configuration(message));
  });

  it('a key of RSA is for RS256, or for the alg of the key, its JWK or the format, and for nothing else', async () => {
    const algOf = async (options: JwsOptions) =>
      decodePart((await serviceOf(jws(options)).mint()).value, 0)['alg'];
    const { privateKey } = RSA;
    const keyOf = (alg: string) => ({ ...privateKey.export({ format: 'jwk' }), alg });
    expect(await algOf({ keys: [{ kid: 'k', privateKey }] })).toBe('RS256');
    expect(await algOf({ keys: [{ kid: 'k', privateKey, alg: 'PS256' }] })).toBe('PS256');
    expect(await algOf({ keys: [{ kid: 'k', privateKey: keyOf('PS256') }] })).toBe('PS256');
    expect(await algOf({ alg: 'PS256', keys: [{ kid: 'k', privateKey }] })).toBe('PS256');
    expect(() =>
      serviceOf(jws({ alg: 'PS256', keys: [{ kid: 'k', privateKey: keyOf('RS256') }] })),
    ).toThrow(configuration(`'alg' of jws is PS256, and its first key is one of RS256`));
    const { value } = await serviceOf(
      jws({ keys: [{ kid: 'k', privateKey, alg: 'PS256' }] }),
    ).mint();
    const other = serviceOf(jws({ keys: [{ kid: 'k', publicKey: RSA.publicKey }] }));
    expect(await whyNot(other, value)).toMatch(/^TEMPID_FORMAT: The algorithm/);
  });

  it('a secret is for HS256, or for the alg of the format or the key', async () => {
    const algOf = async (options: JwsOptions) =>
      decodePart((await serviceOf(jws(options)).mint()).value, 0)['alg'];
    const keys = [{ kid: 'k1', secret: HMAC_SECRET.toString('latin1') }];
    expect(await algOf({ keys })).toBe('HS256');
    expect(await algOf({ keys, alg: 'HS512' })).toBe('HS512');
    expect(await algOf({ keys: [{ kid: 'k1', secret: HMAC_SECRET, alg: 'HS384' }] })).toBe('HS384');
  });
});

describe('Keys that rotate', () => {
  const old: JwsKeyOption = { kid: 'old', privateKey: ED.privateKey };
  const fresh: JwsKeyOption = { kid: 'fresh', privateKey: EC.privateKey };

  it('the first key signs and all verify, also from one algorithm to another', async () => {
    const before = await serviceOf(jws({ keys: [old] })).mint();
    const tempid = serviceOf(jws({ keys: [fresh, old] }));
    const after = await tempid.mint();
    expect([kidOf(before.value), kidOf(after.value)]).toEqual(['old', 'fresh']);
    for (const { value } of [before, after]) expect(await whyNot(tempid, value)).toBe('accepted');
    const later = serviceOf(jws({ keys: [fresh] }));
    expect(await whyNot(later, before.value)).toMatch(/^TEMPID_TAMPERED: .* not configured here/);
  });

  it('a key neither signs nor verifies from its notAfter on, and the next one signs', async () => {
    setClock(NOW);
    const notAfter = new Date(NOW + MINUTE);
    const next: JwsKeyOption = { kid: 'public', publicKey: OTHER.publicKey };
    const tempid = serviceOf(jws({ keys: [{ ...fresh, notAfter }, next, old] }));
    const token = await tempid.mint({ expiresIn: '1h', maxUses: 5 });
    setClock(NOW + MINUTE - 1);
    expect([await tempid.use(token), await tempid.use(token.value)]).toEqual([true, true]);
    expect((await tempid.jwks()).keys.map(({ kid }) => kid)).toEqual(['fresh', 'old']);
    setClock(NOW + MINUTE);
    expect([await tempid.use(token), await tempid.use(token.value)]).toEqual([false, false]);
    expect(await whyNot(tempid, token.value)).toMatch(/^TEMPID_TAMPERED/);
    expect(kidOf((await tempid.mint()).value)).toBe('old');
    expect((await tempid.jwks()).keys.map(({ kid }) => kid)).toEqual(['old']);
    expect(
      tempid
        .keys()
        .map(({ kid, role }) => [kid, role])
        .slice(1),
    ).toEqual([
      ['fresh', 'ended'],
      ['public', 'verifies'],
      ['old', 'mints'],
    ]);
  });

  it('tempid.keys() reports each key of jws by its kid, with what it has verified', async () => {
    setClock(NOW);
    const notAfter = new Date(NOW + MINUTE);
    const tempid = serviceOf(jws({ keys: [fresh, { ...old, notAfter }] }));
    await tempid.verify((await tempid.mint()).value);
    await tempid.parse((await tempid.mint()).value);
    expect(tempid.keys().slice(1)).toEqual([
      {
        kid: 'fresh',
        format: 'jws',
        role: 'mints',
        notAfter: null,
        verified: 1,
        lastVerifiedAt: new Date(NOW),
      },
      { kid: 'old', format: 'jws', role: 'verifies', notAfter, verified: 0, lastVerifiedAt: null },
    ]);
  });
});

describe('The keys of the environment', () => {
  const oneLine = pemOf(ED.privateKey)
    .trim()
    .replaceAll('\n', String.raw`\n`);
  const environment = {
    TOKEN_ACTIVE_KEY_ID: '2026-01',
    'TOKEN_PRIVATE_KEY_2025-07': pemOf(EC.privateKey),
    'TOKEN_PRIVATE_KEY_2026-01': oneLine,
    TOKEN_PRIVATE_KEY_empty: ' ',
    OTHER: 'x',
  };

  it('the keys of the environment are those of TOKEN_PRIVATE_KEY_<id>, with the active one first', async () => {
    const keys = keysFromEnvironment(environment);
    expect(keys.map(({ kid }) => kid)).toEqual(['2026-01', '2025-07']);
    const tempid = serviceOf(jws({ keys }));
    expect(kidOf((await tempid.mint()).value)).toBe('2026-01');
    const old = await serviceOf(jws({ keys: keys.slice(1) })).mint();
    expect(await whyNot(tempid, old.value)).toBe('accepted');
  });

  it('the keys of the environment may be RSA keys, which sign by the alg of the format', async () => {
    const before = process.env;
    process.env = {
      ...before,
      TOKEN_ACTIVE_KEY_ID: 'rsa',
      TOKEN_PRIVATE_KEY_rsa: pemOf(RSA.privateKey),
    };
    try {
      for (const alg of ['RS256', 'PS256'] as const) {
        const { value } = await serviceOf(jws({ alg })).mint();
        expect(decodePart(value, 0)).toMatchObject({ alg, kid: 'rsa' });
      }
    } finally {
      process.env = before;
    }
  });

  it('the keys of the environment are used where the format has EdDSA or ES256 and no keys', async () => {
    const before = process.env;
    process.env = { ...before, ...environment };
    try {
      const tempid = serviceOf(jws({ alg: 'EdDSA' }));
      expect(kidOf((await tempid.mint()).value)).toBe('2026-01');
      expect(() => serviceOf(jws({ alg: 'ES256' }))).toThrow(
        configuration('its first key is one of EdDSA'),
      );
    } finally {
      process.env = before;
    }
    expect(() => serviceOf(jws({ alg: 'EdDSA' }))).toThrow(
      configuration('TOKEN_ACTIVE_KEY_ID is missing'),
    );
  });

  it.each([
    [{ TOKEN_ACTIVE_KEY_ID: undefined }, 'TOKEN_ACTIVE_KEY_ID is missing'],
    [{ TOKEN_ACTIVE_KEY_ID: 'other' }, 'TOKEN_ACTIVE_KEY_ID names a key that is not there'],
    [{ 'TOKEN_PRIVATE_KEY_2026-01': '' }, 'TOKEN_ACTIVE_KEY_ID names a key that is not there'],
    [{ TOKEN_PRIVATE_KEY_bad: 'hunter2' }, 'TOKEN_PRIVATE_KEY_bad: Key 1 of jws has a'],
    [
      { TOKEN_PRIVATE_KEY_: pemOf(ED.privateKey) },
      `TOKEN_PRIVATE_KEY_: Key 1 of jws must have a 'kid'`,
    ],
  ])(
    'wrong keys of the environment are refused by the name of the variable: %j',
    (change, message) => {
      const reading = () => keysFromEnvironment({ ...environment, ...change });
      expect(reading).toThrow(configuration(message));
      expect(reading).not.toThrow(/hunter2/);
    },
  );
});

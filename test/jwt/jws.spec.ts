import { createHash, createPublicKey } from 'node:crypto';
import { inspect } from 'node:util';
import * as jose from 'jose';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { jws, type JwsKeyOption, keysFromEnvironment } from '../../src/jwt/index.js';
import { Keyring } from '../../src/keys/keyring.js';
import { resolveSecrets } from '../../src/keys/secrets.js';
import { deriveKey } from '../../src/keys/secret.js';
import { setClock } from '../support/clock.js';
import {
  decodePart,
  ED,
  HMAC_SECRET,
  pemOf,
  serviceOf,
  signByHand,
  whyNot,
} from '../support/jwt.js';
import { ALGORITHMS } from '../support/jwt-algorithms.js';
import { SECRET } from '../support/secrets.js';
import { createService } from '../support/service.js';

const NOW = Date.parse('2026-01-01T12:00:00.250Z');
const SECONDS = 1_767_268_800;
const EVERYTHING = {
  purpose: 'invite',
  subject: 'user-7',
  audience: 'app',
  notBefore: new Date(NOW + 10_000),
  expiresIn: '1h',
  maxUses: 3,
  boundTo: 'hash',
  payload: { teamId: 7, name: 'Zoë 🔑' },
} as const;

const JTI = /^[\w-]{32}$/;

const of = (key: object): readonly JwsKeyOption[] => [{ kid: 'k1', ...key } as JwsKeyOption];

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(ALGORITHMS)('A JWS of %s', (alg, key, signing, verifying) => {
  const tempid = serviceOf(jws({ keys: of(key) }));

  it('a JWS carries every claim there and back', async () => {
    setClock(NOW);
    const service = serviceOf(jws({ keys: of(key) }), { issuer: 'us' });
    const minted = await service.mint(EVERYTHING);
    setClock(NOW + 11_000);
    const read = await service.verifyOrThrow(minted.value, {
      purpose: 'invite',
      audience: 'app',
      subject: 'user-7',
      boundTo: 'hash',
    });
    for (const token of [minted, read]) {
      expect(token).toMatchObject({
        payload: { teamId: 7, name: 'Zoë 🔑' },
        issuedAt: new Date(NOW),
        notBefore: new Date((SECONDS + 11) * 1_000),
        expiresAt: new Date((SECONDS + 3_600) * 1_000),
        maxUses: 3,
        purpose: 'invite',
        subject: 'user-7',
        audience: 'app',
        issuer: 'us',
        id: minted.id,
      });
      expect(Object.isFrozen(token.payload)).toBe(true);
    }
  });

  it('a JWS is read by jose alone', async () => {
    setClock(NOW);
    const service = serviceOf(jws({ keys: of(key) }), { issuer: 'us' });
    const { value } = await service.mint(EVERYTHING);
    const { payload, protectedHeader } = await jose.jwtVerify(value, verifying, {
      algorithms: [alg],
      currentDate: new Date(NOW + 11_000),
      issuer: 'us',
      audience: 'app',
      subject: 'user-7',
      typ: 'JWT',
      requiredClaims: ['jti', 'iat', 'nbf', 'exp'],
    });
    expect(protectedHeader).toEqual({ alg, kid: 'k1', typ: 'JWT' });
    expect(payload).toMatchObject({
      jti: expect.stringMatching(JTI),
      pur: 'invite',
      max_uses: 3,
      ext: EVERYTHING.payload,
    });
  });

  it('a JWS that jose made is read here', async () => {
    const value = await new jose.SignJWT({ pur: 'invite', ext: { teamId: 7 } })
      .setProtectedHeader({ alg, kid: 'k1' })
      .setIssuer('them')
      .setSubject('user-7')
      .setAudience('app')
      .setJti('their-id')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(signing);
    const token = await tempid.verifyOrThrow(value, { purpose: 'invite', audience: 'app' });
    expect(token).toMatchObject({ payload: { teamId: 7 }, issuer: 'them', subject: 'user-7' });
    expect(await tempid.use(token)).toBe(true);
  });

  it('a JWS is refused with another key, or with a part of another token', async () => {
    const [one, other] = await Promise.all([tempid.mint(), tempid.mint()]);
    const parts = [one, other].map(({ value }) => value.split('.'));
    for (const index of [1, 2]) {
      const mixed = parts[0]?.with(index, parts[1]?.[index] ?? '').join('.') ?? '';
      expect(await whyNot(tempid, mixed)).toMatch(/^TEMPID_TAMPERED: The signature/);
    }
  });
});

describe('The claims of a JWS', () => {
  it('the claims of a JWS are named as RFC 7519 names them, or as the documentation does', async () => {
    setClock(NOW);
    const tempid = serviceOf(jws(), { issuer: 'us' });
    const { value, id } = await tempid.mint(EVERYTHING);
    expect(decodePart(value, 1)).toEqual({
      iss: 'us',
      sub: 'user-7',
      aud: 'app',
      exp: SECONDS + 3_600,
      nbf: SECONDS + 11,
      iat: SECONDS,
      iat_frac_ms: 250,
      jti: expect.stringMatching(JTI),
      pur: 'invite',
      max_uses: 3,
      bnd: createHash('sha256').update('hash').digest().toString('base64url', 0, 16),
      ext: { teamId: 7, name: 'Zoë 🔑' },
    });
    expect(id).toMatch(/^[\w-]{32}$/);
  });

  it('a JWS leaves out claims that a token does not have, and its issue time is then a whole second', async () => {
    setClock(NOW);
    const token = await serviceOf(jws()).mint();
    expect(decodePart(token.value, 1)).toEqual({
      exp: SECONDS + 600,
      iat: SECONDS,
      jti: expect.stringMatching(JTI),
    });
    expect(token.issuedAt).toEqual(new Date(SECONDS * 1_000));
  });

  it('mint returns the claims of a JWS as they are read, also where JSON changes them', async () => {
    const tempid = serviceOf(jws());
    const payload = JSON.parse('{"zero":-0,"__proto__":{"admin":true},"lone":"\\ud800"}');
    const minted = await tempid.mint({ payload });
    const read = await tempid.verifyOrThrow(minted.value);
    expect(JSON.stringify(minted.payload)).toBe(JSON.stringify(read.payload));
    expect(minted.payload).toEqual(read.payload);
    expect(Object.hasOwn(read.payload ?? {}, '__proto__')).toBe(true);
    expect(read.payload).not.toHaveProperty('admin');
  });

  it('the claims of a JWS may fill a token of 16,384 characters, and no longer one', async () => {
    const tempid = serviceOf(jws(), { maxPayloadBytes: 20_000 });
    const answers: string[] = [];
    for (const length of [12_000, 12_050, 12_100, 12_150]) {
      const minting = tempid.mint({ payload: { text: 'x'.repeat(length) } });
      const value = await minting.then(
        (token) => token.value,
        (error: { code: string }) => error.code,
      );
      answers.push(value.startsWith('eyJ') ? await whyNot(tempid, value) : value);
    }
    expect(answers).toEqual(['accepted', 'accepted', 'accepted', 'TEMPID_PAYLOAD_TOO_LARGE']);
  });
});

describe('A JWS of a format without keys', () => {
  it.each([
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ] as const)(
    'a JWS of %s is verified by jose with the key derived from the secret',
    async (alg, bytes) => {
      const tempid = serviceOf(jws({ alg }));
      const { value } = await tempid.mint();
      const [secret] = resolveSecrets(SECRET);
      const key = deriveKey(secret.key, `tempid jws ${alg}`, bytes);
      const { protectedHeader } = await jose.jwtVerify(value, key);
      expect(protectedHeader).toEqual({ alg, kid: tempid.keys()[0]?.kid, typ: 'JWT' });
    },
  );

  it('a JWS is verified as long as its secret is in the list', async () => {
    const old = 'o'.repeat(32);
    const fresh = 'f'.repeat(32);
    const options = { formats: [jws()], format: 'jws' } as const;
    const before = await createService({ ...options, secret: old }).mint();
    const tempid = createService({ ...options, secret: [fresh, old] });
    const after = await tempid.mint();
    expect(await whyNot(tempid, before.value)).toBe('accepted');
    expect(await whyNot(tempid, after.value)).toBe('accepted');
    expect(decodePart(after.value, 0)['kid']).toBe(tempid.keys()[0]?.kid);
    expect(tempid.keys().map(({ verified }) => verified)).toEqual([1, 1]);
    const later = createService({ ...options, secret: fresh });
    expect(await whyNot(later, before.value)).toMatch(/^TEMPID_TAMPERED: .* not configured here/);
  });

  it('a JWS ends with its secret, also in the hand of a running request', async () => {
    const [old, fresh] = ['o'.repeat(32), 'f'.repeat(32)];
    const keyring = new Keyring(resolveSecrets(old));
    const tempid = createService({ formats: [jws()], format: 'jws' }, undefined, keyring);
    const token = await tempid.mint({ maxUses: 2 });
    expect(await tempid.use(token)).toBe(true);
    keyring.replace(resolveSecrets(fresh));
    expect(await tempid.use(token)).toBe(false);
  });
});

describe('The header of a JWS', () => {
  it('the header of a JWS has the members that the format is given', async () => {
    const header = { region: 'eu', nested: { list: [1, null] } };
    const tempid = serviceOf(jws({ header, typ: 'invite+jwt' }));
    const { value } = await tempid.mint();
    expect(decodePart(value, 0)).toMatchObject({ ...header, typ: 'invite+jwt' });
    expect(await whyNot(tempid, value)).toBe('accepted');
  });

  it.each([
    'alg',
    'enc',
    'kid',
    'typ',
    'crit',
    'b64',
    'zip',
    'cty',
    'jku',
    'jwk',
    'x5u',
    'x5c',
    'p2c',
    'p2s',
    'epk',
    'apu',
    'apv',
  ])('jws is refused at the start where its header names %s', (name) => {
    expect(() => jws({ header: { [name]: 'x' } })).toThrow(`must not name '${name}'`);
  });

  it.each<[object, string]>([
    [{ header: { text: 'x'.repeat(400) } }, 'at most 384 bytes'],
    [{ header: [] }, 'give an object'],
    [{ typ: '' }, `'typ' of 'jws'`],
    [{ typ: 'a b' }, 'media type'],
    [{ alg: 'RS384' }, `'alg' of jws must be one of HS256, `],
    [{ algorithm: 'HS256' }, `jws has no option 'algorithm'`],
  ])('jws is refused at the start with %j', (options, message) => {
    expect(() => jws(options)).toThrow(
      expect.objectContaining({
        code: 'TEMPID_CONFIGURATION',
        message: expect.stringContaining(message),
      }),
    );
  });

  it('the header of a JWS fits with the longest kid, typ and members there may be', async () => {
    const keys = [{ kid: 'k'.repeat(128), privateKey: ED.privateKey }];
    const typ = 't'.repeat(64);
    const tempid = serviceOf(jws({ keys, typ, header: { x: 'x'.repeat(376) } }));
    expect(await whyNot(tempid, (await tempid.mint()).value)).toBe('accepted');
  });

  const CLAIMS = { exp: 4_000_000_000, iat: 1_700_000_000 };
  const header = (typ?: unknown) => ({
    alg: 'HS256',
    kid: 'k1',
    ...(typ === undefined ? {} : { typ }),
  });

  it.each([
    [
      undefined,
      [undefined, 'JWT', 'jwt', 'application/jwt', 'Application/JWT'],
      ['at+jwt', '', 1, null],
    ],
    [
      'at+jwt',
      ['at+jwt', 'AT+JWT', 'application/at+jwt'],
      [undefined, 'JWT', 'at+jwt2', ['at+jwt']],
    ],
    ['JWT', ['JWT', 'jwt'], [undefined]],
  ])('a JWS of typ %j may be of these types, and of no others', async (typ, good, bad) => {
    const tempid = serviceOf(
      jws({ ...(typ !== undefined && { typ }), keys: of({ secret: HMAC_SECRET }) }),
    );
    for (const each of good) {
      expect([each, await whyNot(tempid, signByHand(header(each), CLAIMS))]).toEqual([
        each,
        'accepted',
      ]);
    }
    for (const each of bad) {
      expect(await whyNot(tempid, signByHand(header(each), CLAIMS))).toMatch(
        /^TEMPID_FORMAT: The 'typ'/,
      );
    }
  });
});

describe('A published vector', () => {
  it('the vector of Ed25519 (RFC 8037 A.4) has the signature that jose makes and we read', async () => {
    const jwk = {
      kty: 'OKP',
      crv: 'Ed25519',
      d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    };
    const signature =
      'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg';
    const value = `eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.${signature}`;
    const { payload } = await jose.compactVerify(
      value,
      createPublicKey({ key: jwk, format: 'jwk' }),
    );
    expect(Buffer.from(payload).toString()).toBe('Example of Ed25519 signing');
    const tempid = serviceOf(jws({ keys: [{ kid: 'rfc', privateKey: jwk }] }));
    expect(await tempid.jwks()).toEqual({
      keys: [{ kty: 'OKP', crv: 'Ed25519', x: jwk.x, kid: 'rfc', alg: 'EdDSA', use: 'sig' }],
    });
    // It names no key, and no verifier of ours guesses one.
    expect(await whyNot(tempid, value)).toBe(
      `TEMPID_FORMAT: The header of the token has no 'kid'.`,
    );
  });

  it('the vector of HMAC (RFC 7515 A.1) has the right signature, and is refused for want of a kid', async () => {
    const k =
      'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow';
    const value =
      'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.' +
      'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.' +
      'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
    const secret = Buffer.from(k, 'base64url');
    await expect(jose.compactVerify(value, secret)).resolves.toBeDefined();
    const tempid = serviceOf(jws({ keys: [{ kid: 'rfc', secret }] }));
    expect(await whyNot(tempid, value)).toMatch(/no 'kid'/);
    // Where its key is the one of tokens without a kid, or with a kid, it is read here: it expired in 2011.
    const lenient = serviceOf(jws({ keys: [{ kid: 'rfc', secret }], defaultKid: 'rfc' }));
    expect(await whyNot(lenient, value)).toBe('TEMPID_EXPIRED: The token has expired.');
    const [, claims] = value.split('.');
    const named = signByHand(
      { typ: 'JWT', alg: 'HS256', kid: 'rfc' },
      Buffer.from(claims ?? '', 'base64url'),
      secret,
    );
    expect(await whyNot(tempid, named)).toBe('TEMPID_EXPIRED: The token has expired.');
  });
});

describe('A JWS that is printed', () => {
  it('a JWS that is printed shows nothing but the beginning of its header, and its service no key', async () => {
    const secret = Buffer.from('hunter2-'.repeat(8));
    const tempid = serviceOf(jws({ keys: [{ kid: 'k1', secret }] }));
    const token = await tempid.mint({ payload: { secret: 'hunter2' } });
    expect(inspect(token)).toMatch(/^TempID \{ eyJhbGciOiJI…, valid, /);
    const printed = inspect([tempid, tempid.keys()], { depth: 12, showHidden: true });
    expect(printed + JSON.stringify(tempid.keys())).not.toMatch(/hunter2|68 75 6e 74 65 72/);
  });
});

describe('A token of tokenmint', () => {
  it('a token of tokenmint verifies here by the same environment, with every claim that it has', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: 'myapp.io',
      sub: '20',
      aud: 'myapp.web',
      iat: now,
      nbf: now,
      exp: now + 900,
      jti: '0f8fad5b-d9cb-469f-a165-70867728950e',
      pur: 'email-verify',
      ext: {},
    };
    const value = await new jose.SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: 'k1' })
      .sign(ED.privateKey);
    const keys = keysFromEnvironment({
      TOKEN_ACTIVE_KEY_ID: 'k1',
      TOKEN_PRIVATE_KEY_k1: pemOf(ED.privateKey),
    });
    const tempid = serviceOf(jws({ keys }), { issuer: 'myapp.io', audience: 'myapp.web' });
    const token = await tempid.verifyOrThrow(value, { purpose: 'email-verify' });
    expect([token.subject, token.payload, token.maxUses]).toEqual(['20', {}, 0]);
    await tempid.revokeSubject({ subject: '20' });
    expect(await tempid.use(value, { purpose: 'email-verify' })).toBe(false);
  });
});

import * as fc from 'fast-check';
import * as jose from 'jose';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineTempID } from '../../src/index.js';
import { jws, type JwsOptions } from '../../src/jwt/index.js';
import { decodePart, HMAC_SECRET, serviceOf, signByHand, whyNot } from '../support/jwt.js';

const keys = [{ kid: 'k1', secret: HMAC_SECRET }];
const tempid = serviceOf(jws({ keys, claims: 'top-level' }), { issuer: 'us' });
const nested = serviceOf(jws({ keys }), { issuer: 'us' });
const USER = { user_id: '12345', roles: ['admin', 'editor'] };
const OWN = [
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'iat_frac_ms',
  'jti',
  'pur',
  'max_uses',
  'bnd',
];

const now = Math.floor(Date.now() / 1_000);
const CLAIMS = { iss: 'us', iat: now, exp: now + 600, jti: 'one' };
const signed = (claims: object | string) => signByHand({ alg: 'HS256', kid: 'k1' }, claims);

describe('A payload at the top level', () => {
  it('a payload at the top level is claims beside those of the token, which any library reads', async () => {
    const { value, payload } = await tempid.mint({
      purpose: 'session',
      subject: 'user-7',
      audience: 'app',
      notBefore: new Date(Date.now() - 5_000),
      boundTo: 'hash',
      maxUses: 3,
      payload: USER,
    });
    expect(payload).toEqual(USER);
    const read = await jose.jwtVerify(value, HMAC_SECRET, { audience: 'app' });
    expect(read.payload).toMatchObject({ ...USER, pur: 'session', sub: 'user-7', max_uses: 3 });
    expect(read.payload).not.toHaveProperty('ext');
    expect(Object.keys(read.payload).toSorted()).toEqual([...OWN, ...Object.keys(USER)].toSorted());
  });

  it('a payload at the top level is read without the claims of the token, and frozen', async () => {
    const options = { purpose: 'session', subject: 'user-7', maxUses: 3 };
    const { value } = await tempid.mint({ ...options, payload: USER });
    const token = await tempid.verifyOrThrow(value, { purpose: 'session' });
    expect(token).toMatchObject({ ...options, issuer: 'us' });
    expect(token.payload).toEqual(USER);
    expect(Object.isFrozen((token.payload as typeof USER).roles)).toBe(true);
  });

  it('a payload at the top level is read from another issuer as every claim that is not ours', async () => {
    const theirs = { ...USER, name: 'Ada', nested: { deep: [1, null] }, scope: 'a b', azp: 'x' };
    const token = await tempid.verifyOrThrow(signed({ ...CLAIMS, sub: 'ada', ...theirs }));
    expect([token.payload, token.subject]).toEqual([theirs, 'ada']);
  });

  it('a payload at the top level is an empty object where there is none', async () => {
    for (const minted of [await tempid.mint(), await tempid.mint({ payload: {} })]) {
      expect(Object.keys(decodePart(minted.value, 1)).toSorted()).toEqual([
        'exp',
        'iat',
        'iss',
        'jti',
      ]);
      expect([minted.payload, (await tempid.verifyOrThrow(minted.value)).payload]).toEqual([
        {},
        {},
      ]);
    }
  });

  it.each([...OWN, 'ext', 'cnf'])(
    'a payload at the top level cannot have the property %s, and minting says so',
    async (name) => {
      await expect(tempid.mint({ payload: { ...USER, [name]: 'hunter2' } })).rejects.toMatchObject({
        code: 'TEMPID_PAYLOAD',
        message: expect.stringMatching(new RegExp(`must not have the property '${name}'`)),
      });
      const deeper = await tempid.mint({ payload: { nested: { [name]: 'x' } } });
      expect(await whyNot(tempid, deeper.value)).toBe('accepted');
    },
  );

  it('a payload at the top level may have the names that every object has', async () => {
    const text =
      '{"__proto__":{"admin":true},"constructor":1,"toString":"x","hasOwnProperty":null}';
    const minted = await tempid.mint({ payload: JSON.parse(text) });
    const foreign = signed(JSON.stringify(CLAIMS).slice(0, -1) + ',' + text.slice(1));
    for (const value of [minted.value, foreign]) {
      const { payload } = await tempid.verifyOrThrow(value);
      expect(JSON.stringify(payload)).toBe(text);
      expect(payload).not.toHaveProperty('admin');
      expect(Object.hasOwn(payload ?? {}, '__proto__')).toBe(true);
    }
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
  });

  it('a payload at the top level reads no claim through __proto__, and none whose name only looks alike', async () => {
    const text = `{"__proto__":{"exp":4000000000,"pur":"admin"},"iss":"us","iat":${now}}`;
    expect(await whyNot(tempid, signed(text))).toMatch(
      /^TEMPID_PAYLOAD: .* no 'exp' that is a time/,
    );
  });

  it('a payload at the top level comes back as it went in, whatever JSON it is', async () => {
    const payloads = fc
      .dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { maxKeys: 5 })
      .map((payload) => JSON.stringify(payload))
      .filter((json) => json.length <= 900)
      .map((json) => JSON.parse(json));
    await fc.assert(
      fc.asyncProperty(payloads, async (payload) => {
        const minted = await tempid.mint({ payload });
        const read = await tempid.verifyOrThrow(minted.value);
        expect(read.payload).toEqual(minted.payload);
        expect(read.payload).toEqual(payload);
      }),
      { numRuns: 200 },
    );
  });

  it('a payload at the top level is refused where it is nested deeper than 512 levels', async () => {
    const deep = (levels: number) =>
      signed(`{"iss":"us","exp":4000000000,"a":${'['.repeat(levels)}${']'.repeat(levels)}}`);
    expect(await whyNot(tempid, deep(512))).toBe('accepted');
    expect(await whyNot(tempid, deep(513))).toMatch(/^TEMPID_PAYLOAD: .* nested too deep/);
  });

  it('a payload at the top level is validated by the schema of a kind', async () => {
    const Session = defineTempID({
      purpose: 'session',
      schema: z.strictObject({ user_id: z.string(), roles: z.array(z.string()).optional() }),
    });
    const { value } = await tempid.mint(Session, USER);
    expect((await tempid.verifyOrThrow(value, Session)).payload.user_id).toBe('12345');
    const wrong = signed({ ...CLAIMS, pur: 'session', user_id: 7 });
    await expect(tempid.verifyOrThrow(wrong, Session)).rejects.toMatchObject({
      code: 'TEMPID_PAYLOAD',
    });
  });

  it('a payload at the top level is not read by a format with claims: ext, nor the other way', async () => {
    const { value: top } = await tempid.mint({ payload: USER });
    const { value: ext } = await nested.mint({ payload: USER });
    expect((await nested.verifyOrThrow(top)).payload).toBeNull();
    expect((await tempid.verifyOrThrow(ext)).payload).toEqual({ ext: USER });
  });

  it('a token with a payload at the top level is refused for the same claims of another issuer as elsewhere', async () => {
    expect(await whyNot(tempid, signed({ ...CLAIMS, cnf: { jkt: 'x' } }))).toMatch(/'cnf'/);
    expect(await whyNot(tempid, signed({ ...CLAIMS, pur: 7 }))).toMatch(/'pur' is of another type/);
    expect(await whyNot(tempid, signed({ ...CLAIMS, pur: 'x' }))).toMatch(/^TEMPID_SCOPE/);
  });

  it("the option 'claims' has two values, and any other is refused", () => {
    for (const claims of ['top', '', 7, 'toString', '__proto__']) {
      expect(() => jws({ claims } as JwsOptions)).toThrow(`'claims' of jws must be`);
    }
  });
});

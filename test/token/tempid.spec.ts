import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Claims, JsonObject } from '../../src/token/claims.js';
import { V2Codec } from '../../src/formats/v2.codec.js';
import { V3Codec } from '../../src/formats/v3.codec.js';
import { Keyring } from '../../src/keys/keyring.js';
import { resolveSecrets } from '../../src/keys/secrets.js';
import { tempidOf } from '../support/tempid.js';

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const CLAIMS: Claims = {
  expiresAt: (NOW + 15 * MINUTE) / 1_000,
  issuedAt: NOW + 123,
  notBefore: null,
  maxUses: 3,
  payload: { userId: 42, tags: ['hush-hush'] },
  purpose: 'reset',
  subject: 'user-42',
  audience: 'app',
  issuer: 'auth',
  binding: Buffer.alloc(16, 7),
};
const keyring = new Keyring(resolveSecrets('s'.repeat(32)));
const v3 = new V3Codec(keyring);

const tempid = (claims: Partial<Claims> = {}) =>
  tempidOf<JsonObject>(v3.encode({ ...CLAIMS, ...claims }));

beforeEach(() => {
  jest.useFakeTimers({ now: NOW });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a TempID', () => {
  it('a TempID says what its claims say, with Dates for times', () => {
    const decoded = v3.encode({ ...CLAIMS, notBefore: NOW / 1_000 });
    expect(tempidOf(decoded)).toMatchObject({
      value: decoded.value,
      id: decoded.id,
      payload: CLAIMS.payload,
      expiresAt: new Date(NOW + 15 * MINUTE),
      issuedAt: new Date(NOW + 123),
      notBefore: new Date(NOW),
      maxUses: 3,
      purpose: 'reset',
      subject: 'user-42',
      audience: 'app',
      issuer: 'auth',
    });
  });

  it('a TempID has null for each claim that its format does not carry', () => {
    const { expiresAt, maxUses } = CLAIMS;
    const rest = { payload: null, purpose: null, subject: null, audience: null, issuer: null };
    const claims = { ...rest, expiresAt, maxUses, issuedAt: NOW, notBefore: null, binding: null };
    expect(tempidOf(new V2Codec(keyring).encode(claims))).toMatchObject({
      ...rest,
      issuedAt: null,
      notBefore: null,
    });
  });

  it('a TempID is valid until the moment of its expiry, and expired from it on', () => {
    const token = tempid();
    expect([token.isValid(), token.isExpired()]).toEqual([true, false]);
    jest.setSystemTime(NOW + 15 * MINUTE - 1);
    expect([token.isValid(), token.isExpired()]).toEqual([true, false]);
    jest.setSystemTime(NOW + 15 * MINUTE);
    expect([token.isValid(), token.isExpired()]).toEqual([false, true]);
  });

  it('a TempID is neither valid nor expired before its time has begun', () => {
    const token = tempid({ notBefore: NOW / 1_000 + 10 });
    jest.setSystemTime(NOW + 9_999);
    expect([token.isValid(), token.isExpired()]).toEqual([false, false]);
    jest.setSystemTime(NOW + 10_000);
    expect([token.isValid(), token.isExpired()]).toEqual([true, false]);
  });

  it.each([
    [0, '15m 0s'],
    [8_000, '14m 52s'],
    [14 * MINUTE + 15_000, '45s'],
    [15 * MINUTE - 1, '1s'],
    [15 * MINUTE, 'expired'],
    [60 * MINUTE, 'expired'],
  ])('a TempID has, %d milliseconds after minting, %s remaining', (milliseconds, remaining) => {
    const token = tempid();
    jest.setSystemTime(NOW + milliseconds);
    expect(token.remaining()).toBe(remaining);
  });

  it.each([
    [90 * MINUTE, '1h 30m'],
    [3 * 24 * 60 * MINUTE, '3d 0h'],
  ])('a TempID that is minted for %d milliseconds has %s remaining', (milliseconds, remaining) => {
    expect(tempid({ expiresAt: (NOW + milliseconds) / 1_000 }).remaining()).toBe(remaining);
  });
});

describe('a TempID cannot be changed', () => {
  it.each(['value', 'id', 'payload', 'expiresAt', 'maxUses', 'purpose', 'toString', 'other'])(
    'a TempID cannot be changed by assigning to %s',
    (name) => {
      const token = tempid();
      const before: unknown = Reflect.get(token, name);
      expect(() => Object.assign(token, { [name]: 'changed' })).toThrow(TypeError);
      expect(() => Object.defineProperty(token, name, { value: 'changed' })).toThrow(TypeError);
      expect(Reflect.get(token, name)).toEqual(before);
    },
  );

  it('a TempID cannot be changed by its payload, minted or read', () => {
    const minted = tempid();
    const decoded = v3.decode(minted.value);
    const read = 'claims' in decoded ? tempidOf<JsonObject>(decoded) : minted;
    expect(read).not.toBe(minted);
    expect(() => Object.assign(read.payload, { userId: 1 })).toThrow(TypeError);
    expect(Object.isFrozen(read.payload['tags'])).toBe(true);
    expect(read.payload).toEqual(CLAIMS.payload);
  });

  it.each(['expiresAt', 'issuedAt', 'notBefore'] as const)(
    'a TempID cannot be changed by the Date of %s',
    (name) => {
      const token = tempid({ notBefore: NOW / 1_000 });
      const before = token[name]?.getTime();
      token[name]?.setTime(0);
      expect(token[name]?.getTime()).toBe(before);
      expect(token.isExpired()).toBe(false);
    },
  );
});

describe('a TempID as a string', () => {
  it('a TempID as a string is the token, in a template, in JSON and in a URL', () => {
    const token = tempid();
    expect(token.value).toMatch(/^TEMP-V3\./);
    // oxlint-disable-next-line typescript/restrict-template-expressions -- as an application writes it
    expect(`${token}`).toBe(token.value);
    expect(token.toString()).toBe(token.value);
    expect(token.toJSON()).toBe(token.value);
    expect(JSON.stringify({ token })).toBe(JSON.stringify({ token: token.value }));
    expect(new URLSearchParams({ token: String(token) }).get('token')).toBe(token.value);
  });

  it('a TempID equals the same token, as a TempID and as a string, and no other', () => {
    const [token, other] = [tempid(), tempid()];
    expect(token.equals(token)).toBe(true);
    expect(token.equals(token.value)).toBe(true);
    expect(token.equals(` “${token.value}”.\n`)).toBe(true);
    expect(token.equals(`${token.value.slice(0, -1)}!`)).toBe(false);
    for (const different of [other, other.value, '', `${token.value}-`, token.value.slice(1)]) {
      expect(token.equals(different)).toBe(false);
    }
    const decoded = v3.decode(token.value);
    expect('claims' in decoded && token.equals(tempidOf(decoded))).toBe(true);
  });
});

describe('a TempID that is printed', () => {
  it('a TempID that is printed shows its first characters, its state and the time left', () => {
    const token = tempid({ notBefore: NOW / 1_000 + 60 });
    const start = token.value.slice(0, 12);
    expect(inspect(token)).toBe(`TempID { ${start}…, not yet valid, 15m 0s left }`);
    jest.setSystemTime(NOW + MINUTE + 8_000);
    expect(inspect(token)).toBe(`TempID { ${start}…, valid, 13m 52s left }`);
    jest.setSystemTime(NOW + 15 * MINUTE);
    expect(inspect(token)).toBe(`TempID { ${start}…, expired }`);
  });

  it('a TempID that is printed shows neither the token nor its payload, however it is printed', () => {
    const token = tempid();
    const given = { deep: { list: [token] }, error: Object.assign(new Error('no'), { token }) };
    for (const options of [
      {},
      { depth: 10, showHidden: true, getters: true },
      { customInspect: false },
    ]) {
      for (const text of [inspect(token, options), inspect(given, { depth: 10, ...options })]) {
        expect(text).toContain('TempID');
        expect(text).not.toContain(token.value.slice(0, 20));
        expect(text).not.toContain(token.id);
        expect(text).not.toMatch(/hush-hush|user-42|reset/);
      }
    }
  });
});

import * as jose from 'jose';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { jwe, jws } from '../../src/jwt/index.js';
import { NOW, setClock } from '../support/clock.js';
import { decodePart, HMAC_SECRET, serviceOf, signByHand, whyNot } from '../support/jwt.js';

let second = Math.floor(NOW / 1_000);
/** Later than all before: what the clock of tokens has said it does not take back. */
const nextSecond = () => (second += 10);
const keys = [{ kid: 'k1', secret: HMAC_SECRET }];
const tempid = serviceOf(jws({ keys }));
const encryptionKey = HMAC_SECRET.subarray(0, 32);
const encrypted = serviceOf(jwe({ keys: [{ kid: 'k1', secret: encryptionKey }] }));

const SCOPES = [{}, { purpose: 'invite' }, { subject: 'user-7' }, { purpose: 'a', subject: 'b' }];

afterEach(() => {
  jest.restoreAllMocks();
});

describe('The issue time of a JWT', () => {
  it.each(SCOPES)(
    'the issue time of %j is a whole second that is over, as PyJWT 2.6 asks, and jose where it knows an age',
    async (scope) => {
      for (const milliseconds of [0, 1, 250, 999]) {
        const iatOfNow = nextSecond();
        const now = iatOfNow * 1_000 + milliseconds;
        setClock(now);
        const { value } = await tempid.mint(scope);
        const { iat } = decodePart(value, 1);
        expect([Number.isInteger(iat), iat]).toEqual([true, iatOfNow]);
        const { payload } = await jose.jwtVerify(value, HMAC_SECRET, {
          maxTokenAge: '1s',
          currentDate: new Date(now),
        });
        expect(payload.iat).toBe(iatOfNow);
      }
    },
  );

  it('the issue time is carried by a JWE as by a JWS', async () => {
    const iat = nextSecond();
    setClock(iat * 1_000 + 250);
    const { value } = await encrypted.mint({ purpose: 'invite' });
    const { payload } = await jose.jwtDecrypt(value, encryptionKey, {
      maxTokenAge: '1s',
      currentDate: new Date(iat * 1_000 + 250),
    });
    expect(payload).toMatchObject({ iat, iat_frac_ms: 250 });
  });

  it.each([tempid, encrypted])(
    'the issue time has its milliseconds in a claim of their own where a revocation goes by them',
    async (service) => {
      const iat = nextSecond();
      setClock(iat * 1_000 + 250);
      for (const scope of SCOPES) {
        const minted = await service.mint(scope);
        const read = await service.parse(minted.value);
        const isExact = Object.keys(scope).length > 0;
        const issuedAt = new Date(iat * 1_000 + (isExact ? 250 : 0));
        expect([minted.issuedAt, read.issuedAt]).toEqual([issuedAt, issuedAt]);
      }
    },
  );

  it('a revocation ends the older of two JWTs of one second', async () => {
    const now = nextSecond() * 1_000 + 250;
    setClock(now);
    const scope = { purpose: 'reset', subject: 'issue-time' };
    const older = await tempid.mint(scope);
    setClock(now + 1);
    await tempid.revokeSubject(scope);
    setClock(now + 2);
    const newer = await tempid.mint(scope);
    expect(decodePart(older.value, 1)['iat']).toBe(decodePart(newer.value, 1)['iat']);
    const uses = [];
    for (const { value } of [older, newer]) {
      uses.push(await tempid.use(value, { purpose: 'reset' }));
    }
    expect(uses).toEqual([false, true]);
  });
});

describe('The issue time of a token of others', () => {
  const signed = (claims: object) =>
    signByHand({ alg: 'HS256', kid: 'k1' }, { exp: 4_000_000_000, jti: 'one', ...claims });
  const issuedAt = async (claims: object) => (await tempid.parse(signed(claims))).issuedAt;

  it('the issue time of a token of others is the whole second without our claim, or a fraction of iat, or both parts', async () => {
    expect(await issuedAt({ iat: 1_700_000_000, sub: 'a' })).toEqual(new Date(1_700_000_000_000));
    expect(await issuedAt({ iat: 1_700_000_000.25 })).toEqual(new Date(1_700_000_000_250));
    expect(await issuedAt({ iat: 1_700_000_000, iat_frac_ms: 999 })).toEqual(
      new Date(1_700_000_000_999),
    );
  });

  it('a token of others is refused where its issue time has two fractions, or lies after the last moment of a Date', async () => {
    for (const claims of [
      { iat: 1_700_000_000.25, iat_frac_ms: 250 },
      { iat: 8_640_000_000_000, iat_frac_ms: 1 },
    ]) {
      expect(await whyNot(tempid, signed(claims))).toBe(
        `TEMPID_PAYLOAD: The payload of the token is malformed: 'iat_frac_ms' is of another type or range.`,
      );
    }
  });
});

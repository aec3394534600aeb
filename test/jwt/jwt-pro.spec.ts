import { createHmac, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineTempID } from '../../src/index.js';
import { jws } from '../../src/jwt/index.js';
import { part, serviceOf, whyNot } from '../support/jwt.js';

const SECRET = 'a-secret-key-of-at-least-32-bytes-that-both-know';

/** What `json.dumps` of Python writes: with a space after each comma and colon, and nothing but ASCII. */
const dumps = (value: object) =>
  JSON.stringify(value, null, 1)
    .replaceAll(/,\n\s*/g, ', ')
    .replaceAll(/\n\s*/g, '');

/** `generate_token(header, payload, secret, expires_in)` of jwt-pro for Python 1.0, step by step. */
function generateToken(
  header: { alg: string; typ: string; kid?: string },
  payload: object,
  secret: string,
  expiresIn = 3600,
): string {
  const claims = { ...payload, jti: randomUUID(), exp: Math.floor(Date.now() / 1_000) + expiresIn };
  const input = `${part(dumps(header))}.${part(dumps(claims))}`;
  const digest = header.alg.replace('HS', 'sha');
  return `${input}.${createHmac(digest, secret).update(input).digest('base64url')}`;
}

const USER = { user_id: '12345', name: 'John Doe' };
const HEADER = { alg: 'HS256', typ: 'JWT' };

describe('A token of jwt-pro for Python', () => {
  const keys = [{ kid: 'jwt-pro', secret: SECRET }];
  const options = { keys, defaultKid: 'jwt-pro', claims: 'top-level', maxUses: 1 } as const;
  const tempid = serviceOf(jws(options));

  it('the token of jwt-pro is written in this test as Python writes the documented example', () => {
    expect(generateToken(HEADER, USER, SECRET)).toMatch(
      /^eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCJ9\./,
    );
  });

  it.each(['HS256', 'HS384', 'HS512'] as const)(
    'a token of jwt-pro of %s is verified, and its claims are the payload',
    async (alg) => {
      const secret = SECRET.padEnd(64, 'x');
      const service = serviceOf(jws({ ...options, alg, keys: [{ kid: 'jwt-pro', secret }] }));
      const value = generateToken({ ...HEADER, alg }, USER, secret);
      const token = await service.verifyOrThrow(value);
      expect([token.payload, token.issuedAt, token.purpose]).toEqual([USER, null, null]);
    },
  );

  it('a token of jwt-pro works once where the format has maxUses: 1', async () => {
    const value = generateToken(HEADER, { ...USER, roles: ['admin'] }, SECRET);
    expect([await tempid.use(value), await tempid.use(value)]).toEqual([true, false]);
    const other = generateToken(HEADER, USER, SECRET);
    await tempid.revoke(other);
    await expect(tempid.useOrThrow(other)).rejects.toMatchObject({ code: 'TEMPID_REVOKED' });
  });

  it('a token of jwt-pro expires at its exp', async () => {
    expect(await whyNot(tempid, generateToken(HEADER, USER, SECRET, -1))).toMatch(
      /^TEMPID_EXPIRED/,
    );
  });

  it('a token of jwt-pro with kid, purpose and issue time is verified by a TempIDKind', async () => {
    const Login = defineTempID({ purpose: 'login', schema: z.object({ user_id: z.string() }) });
    const iat = Math.floor(Date.now() / 1_000);
    const header = { ...HEADER, kid: 'jwt-pro' };
    const value = generateToken(header, { ...USER, pur: 'login', sub: '12345', iat }, SECRET);
    const strict = serviceOf(jws({ keys, claims: 'top-level', maxUses: 1 }));
    const token = await strict.useOrThrow(value, Login);
    expect([token.payload.user_id, token.subject]).toEqual(['12345', '12345']);
  });

  it('a token that jwt-pro encrypted is refused, since that is no JWT', async () => {
    const [header, ,] = generateToken(HEADER, USER, SECRET).split('.');
    const input = `${header}.${part(Buffer.alloc(64, 0xa5))}`;
    const value = `${input}.${createHmac('sha256', SECRET).update(input).digest('base64url')}`;
    expect(await whyNot(tempid, value)).toMatch(/^TEMPID_PAYLOAD: .* no JSON object in UTF-8/);
  });

  it("the guessable secret of jwt-pro's documentation is refused at the start", () => {
    const short = [{ kid: 'jwt-pro', secret: 'your-secret-key' }];
    expect(() => serviceOf(jws({ ...options, keys: short }))).toThrow(
      /has a 'secret' of 15 bytes; at least 32 are needed/,
    );
  });
});

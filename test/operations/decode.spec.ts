import { beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { SignJWT } from 'jose';
import type { TempIDService, UnverifiedTempID } from '../../src/index.js';
import { jwe, jws } from '../../src/jwt/index.js';
import { createService } from '../support/service.js';

const ALL = ['v3', 'v2', 'v1', 'jws', 'jwe'] as const;
const NOTHING = { kid: null, expiresAt: null, maxUses: null, header: null, claims: null };

function createAll(secret?: string): TempIDService {
  return createService({ formats: [jws(), jwe()], accept: ALL, ...(secret && { secret }) });
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

describe('what decode says of a token', () => {
  const tempid = createAll();
  const other = createAll('another secret of at least 32 bytes');
  const [key] = other.keys();
  const kid = key?.kid;

  it('of V3 it says the key and nothing else', async () => {
    const token = await other.mint({ purpose: 'invite', maxUses: 3, payload: { team: 7 } });
    expect(tempid.decode(token.value)).toEqual({ ...NOTHING, format: 'v3', kid });
    expect(tempid.decode(` <${token.value}>.\n`)).toEqual({ ...NOTHING, format: 'v3', kid });
  });

  it('of V2 it says the expiry and the limit', async () => {
    const { value, expiresAt } = await other.mint({ format: 'v2', maxUses: 3, payload: { a: 1 } });
    expect(tempid.decode(value)).toEqual({ ...NOTHING, format: 'v2', expiresAt, maxUses: 3 });
  });

  it('of the format jws it says the header and the claims', async () => {
    const options = { format: 'jws', purpose: 'invite', maxUses: 3, payload: { team: 7 } } as const;
    const { value, expiresAt } = await other.mint(options);
    const said = tempid.decode(value);
    expect(said).toEqual({
      format: 'jws',
      kid,
      expiresAt,
      maxUses: 3,
      header: { alg: 'HS256', kid, typ: 'JWT' },
      claims: expect.objectContaining({ pur: 'invite', max_uses: 3, ext: { team: 7 } }),
    });
    expect([said, said?.header, said?.claims, said?.claims?.['ext']].every(Object.isFrozen)).toBe(
      true,
    );
  });

  it('of the format jwe it says the header', async () => {
    const { value } = await other.mint({ format: 'jwe', payload: { team: 7 } });
    const header = { alg: 'dir', enc: 'A256GCM', kid, typ: 'JWT' };
    expect(tempid.decode(value)).toEqual({ ...NOTHING, format: 'jwe', kid, header });
  });

  it('of a JWT of somebody else it says what stands there, and no expiry or limit that is none', async () => {
    const signed = await new SignJWT({ exp: 1e300, max_uses: 1.5, iss: 'them' })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.alloc(32));
    expect(tempid.decode(signed)).toEqual({
      ...NOTHING,
      format: 'jws',
      header: { alg: 'HS256' },
      claims: { exp: 1e300, max_uses: 1.5, iss: 'them' },
    });
  });

  it('what decode says holds no part of the token that is sealed', async () => {
    for (const format of ['v3', 'v2', 'jws', 'jwe'] as const) {
      const { value } = await other.mint({ format, payload: { team: 'a secret team' } });
      const text = JSON.stringify(tempid.decode(value));
      expect(text).not.toContain(value.slice(-16));
      expect(text.includes('a secret team')).toBe(format === 'jws');
    }
  });

  it('decode names a claim __proto__ as any other, and changes no prototype', () => {
    const header = base64url('{"alg":"HS256","kid":"k","__proto__":{"admin":1}}');
    const said = tempid.decode(`${header}.${base64url('{"__proto__":{"admin":1}}')}.AAAA`);
    expect(Object.keys(said?.claims ?? {})).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(said?.claims)).toBe(Object.prototype);
    expect(Reflect.get(said?.header ?? {}, 'admin')).toBeUndefined();
  });

  it('no call takes what decode says for a token', async () => {
    const token = await tempid.mint({ format: 'v2', maxUses: 1 });
    const said = tempid.decode(token.value) as UnverifiedTempID;
    // @ts-expect-error it is no token
    expect(await tempid.verify(said)).toBeNull();
    // @ts-expect-error it is no token
    expect(await tempid.use(said)).toBe(false);
    // @ts-expect-error it is no token
    await expect(tempid.renew(said)).rejects.toMatchObject({ code: 'TEMPID_FORMAT' });
    // @ts-expect-error it is no token
    await expect(tempid.revoke(said)).rejects.toMatchObject({ code: 'TEMPID_FORMAT' });
    // @ts-expect-error it is no options either
    await expect(tempid.mint(said)).rejects.toMatchObject({ code: 'TEMPID_CONFIGURATION' });
    expect(await tempid.use(token)).toBe(true);
  });
});

describe('what decode says of anything else', () => {
  let tempid: TempIDService;
  let values: string[];

  beforeAll(async () => {
    tempid = createAll();
    const formats = ['v3', 'v2', 'jws', 'jwe'] as const;
    const minted = formats.map((format) => tempid.mint({ format, payload: { a: 1 } }));
    values = (await Promise.all(minted)).map(({ value }) => value);
  });

  const deep = `{"a":${'['.repeat(3_000)}${']'.repeat(3_000)}}`;
  it.each([
    ['nothing', ''],
    ['V1', '3c3f28e9-c0ffee-00000000'],
    ['a prefix alone', 'TEMP-V3.'],
    ['a short V3', `TEMP-V3.${'A'.repeat(58)}`],
    ['a V3 whose key id is malformed', `TEMP-V3.A+A${'A'.repeat(60)}`],
    ['a V2 without a signature', 'TEMP-V2.AIAGR-J4AAA'],
    ['a V2 whose header is malformed', 'TEMP-V2.AAAA.AAAA'],
    ['alg none', `${base64url('{"alg":"none"}')}.${base64url('{}')}.`],
    ['a JWT without alg', `${base64url('{"kid":"k"}')}.${base64url('{}')}.AAAA`],
    ['a JWT whose header is a list', `${base64url('[1]')}.e30.AAAA`],
    ['a JWT whose claims are null', `${base64url('{"alg":"HS256"}')}.${base64url('null')}.AAAA`],
    ['a JWT of two parts', `${base64url('{"alg":"HS256"}')}.e30`],
    ['a JWT whose claims nest too deep', `${base64url('{"alg":"HS256"}')}.${base64url(deep)}.AAAA`],
    ['a JWE of another algorithm', `${base64url('{"alg":"RSA-OAEP","enc":"A256GCM"}')}.a.a.a.a`],
  ])('of %s decode says null', (_, text) => {
    expect(tempid.decode(text)).toBeNull();
  });

  it.each([undefined, null, 7, {}, [], Symbol('s'), Buffer.from('TEMP-V3.'), () => 'TEMP-V3.'])(
    'of %p, which is no string, decode says null',
    (value) => {
      expect(tempid.decode(value as never)).toBeNull();
    },
  );

  it('without the formats of JWTs decode knows none', () => {
    const plain = createService();
    const known = values.map((value) => plain.decode(value)?.format);
    expect(known).toEqual(['v3', 'v2', undefined, undefined]);
  });

  it('decode never throws, and says something frozen or null, whatever is changed in a token', () => {
    const edit = fc.tuple(fc.nat(), fc.nat(3), fc.string({ unit: 'binary', maxLength: 4 }));
    fc.assert(
      fc.property(fc.nat(3), fc.array(edit, { minLength: 1, maxLength: 4 }), (which, edits) => {
        let text = values[which] ?? '';
        for (const [at, removed, added] of edits) {
          const start = at % (text.length + 1);
          text = text.slice(0, start) + added + text.slice(start + removed);
        }
        const said = tempid.decode(text);
        expect(said === null || Object.isFrozen(said)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('decode never throws, whatever the string is', () => {
    const beginnings = fc.constantFrom('', 'TEMP-V3.', 'TEMP-V2.', 'eyJ', 'eyJhbGciOiJIUzI1NiJ9.');
    fc.assert(
      fc.property(beginnings, fc.string({ unit: 'binary', maxLength: 200 }), (start, rest) => {
        const said = tempid.decode(start + rest);
        expect(said === null || typeof said.format === 'string').toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each(['', 'TEMP-V3.', 'TEMP-V2.', 'e', 'eyJhbGciOiJIUzI1NiJ9.', '.', 'e.', '('])(
    'of a string of ten million characters that begins with %p decode says null, or the key of V3',
    (start) => {
      const said = tempid.decode(start + 'A'.repeat(10_000_000));
      const key = { ...NOTHING, format: 'v3', kid: 'AAAAAA' };
      expect(said).toEqual(start === 'TEMP-V3.' ? key : null);
    },
  );
});

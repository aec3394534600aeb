import * as jose from 'jose';
import { describe, expect, it, jest } from '@jest/globals';
import { jwe, jws } from '../../src/jwt/index.js';
import { CLAIMS, encrypted, HEADER, tempid, withHeader } from '../support/attacked-jwt.js';
import { ed25519, HMAC_SECRET, serviceOf, signByHand, whyNot } from '../support/jwt.js';

describe('A header with a wrong kid', () => {
  it('a JWS without kid is refused, also where there is only one key', async () => {
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
    'a JWS is refused as malformed where kid is %j',
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
  ])('a JWS is refused as of an unknown key where kid is %j', async (kid) => {
    expect(await whyNot(tempid, signByHand({ ...HEADER, kid }, CLAIMS))).toMatch(
      /^TEMPID_TAMPERED: .* not configured here/,
    );
  });

  it.each(['', 'AAAAAA', 'AAAAAAA', 'AAAA', '!!!!!!', '__proto__'])(
    'a JWS is refused by derived keys where kid is %j',
    async (kid) => {
      for (const [service, value] of [
        [serviceOf(jws()), signByHand({ ...HEADER, kid }, CLAIMS)],
        [serviceOf(jwe()), await withHeader({ alg: 'dir', enc: 'A256GCM', kid })],
      ] as const) {
        expect(await whyNot(service, value)).toMatch(/^TEMPID_TAMPERED: .* not configured here/);
      }
    },
  );

  it('a kid whose base64url is not canonical finds no secret', async () => {
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

describe('A header', () => {
  it('a header that is no UTF-8 is refused, though the token is authentic', async () => {
    const [before = '', after = ''] = JSON.stringify({ ...HEADER, note: '?' }).split('?');
    const header = Buffer.concat([Buffer.from(before), Buffer.of(0xff), Buffer.from(after)]);
    expect(await whyNot(tempid, signByHand(header, CLAIMS))).toBe(
      'TEMPID_FORMAT: The header of the token is malformed.',
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

  it.each(members)(
    'the member %s in a header of %j is refused, though the token is authentic',
    async (name, more) => {
      const refusal = `TEMPID_FORMAT: The header of the token has '${name}', which is refused here.`;
      expect(await whyNot(tempid, signByHand({ ...HEADER, ...more }, CLAIMS))).toBe(refusal);
      const value = await withHeader({ alg: 'dir', enc: 'A256GCM', kid: 'enc', ...more });
      expect(await whyNot(encrypted, value)).toBe(refusal);
    },
  );

  it('a token that brings its own key by jwk is refused', async () => {
    const value = await new jose.CompactSign(Buffer.from(JSON.stringify(CLAIMS)))
      .setProtectedHeader({ alg: 'EdDSA', kid: 'ed', jwk })
      .sign(attacker.privateKey);
    expect(await whyNot(tempid, value)).toMatch(/has 'jwk'/);
  });

  it('a token with jku or x5u makes nothing fetched', async () => {
    const fetching = jest.spyOn(globalThis, 'fetch');
    for (const [, more] of members)
      await whyNot(tempid, signByHand({ ...HEADER, ...more }, CLAIMS));
    expect(fetching).not.toHaveBeenCalled();
    fetching.mockRestore();
  });

  it('an unknown member of a header is ignored, as RFC 7515 says', async () => {
    expect(await whyNot(tempid, signByHand({ ...HEADER, x5t: 'AAAA', region: 'eu' }, CLAIMS))).toBe(
      'accepted',
    );
  });

  it('a header reads no member through __proto__', async () => {
    const polluted = signByHand(`{"__proto__":{"alg":"HS256","kid":"hmac"}}`, CLAIMS);
    expect(await whyNot(tempid, polluted)).toMatch(/^TEMPID_FORMAT/);
    expect({}).not.toHaveProperty('kid');
  });
});

describe('A member of the header that a polluted prototype gives every object', () => {
  it('a member that a polluted prototype gives every object is not read as one of the header', async () => {
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

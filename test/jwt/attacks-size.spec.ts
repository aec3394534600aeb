import { describe, expect, it, jest } from '@jest/globals';
import { CLAIMS, encrypt, encrypted, HEADER, tempid, withHeader } from '../support/attacked-jwt.js';
import { part, signByHand, whyNot } from '../support/jwt.js';

describe('A JWT made to exhaust its reader', () => {
  it('a JWE of PBES2 is refused before a round of it is run', async () => {
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

  it('a compressed JWE is refused, and never inflated', async () => {
    const value = await encrypt({ zip: 'DEF' }, { ...CLAIMS, ext: { text: 'x'.repeat(100_000) } });
    expect(value.length).toBeLessThan(2_000);
    expect(await whyNot(encrypted, value)).toMatch(/^TEMPID_FORMAT: .* 'zip'/);
  });

  it('a JWT with a huge header is refused before that is decoded', async () => {
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

  it('a JWT with a huge payload is refused before that is decoded, though it is authentic', async () => {
    const verifying = jest.spyOn(crypto.subtle, 'verify');
    const value = signByHand(HEADER, { ...CLAIMS, ext: { text: 'x'.repeat(13_000) } });
    expect(value.length).toBeGreaterThan(16_384);
    expect(await whyNot(tempid, value)).toMatch(/^TEMPID_FORMAT: A JWT has at most 16384/);
    expect(verifying).not.toHaveBeenCalled();
    verifying.mockRestore();
  });

  it('a text of nothing but dots is not recognized as a JWT', async () => {
    for (const count of [0, 1, 3, 4, 5, 1_000_000]) {
      const value = `e${'.'.repeat(count)}`;
      expect(await whyNot(tempid, value)).toMatch(/^TEMPID_FORMAT/);
      expect(await whyNot(encrypted, value)).toMatch(/^TEMPID_FORMAT/);
    }
  });

  it('a JWT of lists nested too deep is refused, though it is authentic', async () => {
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

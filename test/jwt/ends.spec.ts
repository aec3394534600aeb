import { describe, expect, it } from '@jest/globals';
import { jwe, jws } from '../../src/jwt/index.js';
import { decodePart, serviceOf } from '../support/jwt.js';
import { ALGORITHMS } from '../support/jwt-algorithms.js';

/** A signature of n bytes has a last character of 6 free bits where n is a multiple of 3: that of HS384 has 48 bytes. */
const FORMATS = [
  ...ALGORITHMS.map(([alg, key]) => [alg, jws({ keys: [{ kid: 'k', ...key }] as never })] as const),
  ['A256GCM', jwe()] as const,
];

describe.each(FORMATS)('JWTs of %s', (_, format) => {
  it('JWTs end in a letter or a digit, and so do their jti and their id', async () => {
    const tempid = serviceOf(format);
    const ends = new Set<string>();
    // That 1,000 of each end well by chance has a chance of (31/32)^1000, 10^-14.
    for (let minted = 0; minted < 1_000; minted++) {
      const { value, id } = await tempid.mint({ purpose: 'login' });
      const jti = format.name === 'jws' ? [String(decodePart(value, 1)['jti'])] : [];
      for (const text of [value, id, ...jti]) ends.add(text.slice(-1));
    }
    expect([...ends].filter((character) => !/[A-Za-z0-9]/.test(character))).toEqual([]);
  });
});

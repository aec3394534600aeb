import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeBase32, encodeBase32 } from '../../src/formats/base32.js';

/** RFC 4648 section 10, without padding, with a dash after every 5 characters. */
const VECTORS = [
  { text: '', encoded: '' },
  { text: 'f', encoded: 'MY' },
  { text: 'fo', encoded: 'MZXQ' },
  { text: 'foo', encoded: 'MZXW6' },
  { text: 'foob', encoded: 'MZXW6-YQ' },
  { text: 'fooba', encoded: 'MZXW6-YTB' },
  { text: 'foobar', encoded: 'MZXW6-YTBOI' },
];

describe('encodeBase32', () => {
  it.each(VECTORS)('encodeBase32 writes "$text" as "$encoded"', ({ text, encoded }) => {
    expect(encodeBase32(Buffer.from(text))).toBe(encoded);
  });

  it('encodeBase32 uses every character of the alphabet at its place', () => {
    const bytes = Buffer.from('00443214c74254b635cf84653a56d7c675be77df', 'hex');
    expect(encodeBase32(bytes)).toBe('ABCDE-FGHIJ-KLMNO-PQRST-UVWXY-Z2345-67');
  });

  it('encodeBase32 puts a dash after every 5 characters and none at the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const groups = encodeBase32(bytes).split('-');
        const last = groups.pop();
        expect(groups.every((group) => group.length === 5)).toBe(true);
        expect(last).toMatch(bytes.length > 0 ? /^[A-Z2-7]{1,5}$/ : /^$/);
      }),
    );
  });
});

describe('decodeBase32', () => {
  it.each(VECTORS)('decodeBase32 reads "$encoded" as "$text"', ({ text, encoded }) => {
    expect(decodeBase32(encoded)?.toString()).toBe(text);
  });

  it('decodeBase32 reads what has no dashes', () => {
    expect(decodeBase32('MZXW6YTBOI')?.toString()).toBe('foobar');
  });

  it('decodeBase32 gives back any bytes that were encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_000 }), (bytes) => {
        expect(decodeBase32(encodeBase32(bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('decodeBase32 refuses every character of one UTF-16 unit that is neither in the alphabet nor a dash', () => {
    const accepted: string[] = [];
    for (let code = 0; code < 0x1_0000; code++) {
      const character = String.fromCharCode(code);
      if (decodeBase32(`MZXW${character}`) !== null) accepted.push(character);
    }
    expect(accepted.join('')).toBe('-234567ABCDEFGHIJKLMNOPQRSTUVWXYZ');
  });

  it.each(['MY======', 'mzxw6', 'MZXW6 YQ', 'MZXW6\n', 'M0', 'M1', 'M8', '🔑'])(
    'decodeBase32 refuses %j',
    (text) => {
      expect(decodeBase32(text)).toBeNull();
    },
  );
});

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { encodeClaims } from '../../src/formats/v3-claims.js';
import { V3Codec } from '../../src/formats/v3.codec.js';
import { Keyring } from '../../src/keys/keyring.js';
import { resolveSecrets } from '../../src/keys/secrets.js';
import { SECRET } from '../support/secrets.js';
import { BARE, codec, read, sealByHand } from './v3-by-hand.js';

/** A codec that draws these nonces, and then random ones, and how many it has drawn. */
function codecDrawing(...nonces: Buffer[]) {
  let drawn = 0;
  const source = { next: () => nonces[drawn++] ?? randomBytes(24) };
  const keyring = new Keyring(resolveSecrets(Buffer.from(SECRET)));
  return { drawing: new V3Codec(keyring, source), drawn: () => drawn };
}

const bytesOf = (value: string) => Buffer.from(value.slice('TEMP-V3.'.length), 'base64url');

/** The claims of a purpose of one letter, of two, and so on are one byte longer each time. */
const withPurpose = (length: number) => ({ ...BARE, purpose: 'p'.repeat(length) });

/** A length at which a token has a whole number of threes of bytes: its last character is 6 of their bits. */
const OPEN_END = [1, 2, 3].find(
  (length) => bytesOf(codec.encode(withPurpose(length)).value).length % 3 === 0,
);
const CLAIMS = withPurpose(OPEN_END ?? 0);

/** A nonce whose id ends as it may, and with which the token of CLAIMS ends in this character. */
function nonceFor(character: string): Buffer {
  for (;;) {
    const nonce = Buffer.concat([randomBytes(23), Buffer.of(0)]);
    if (sealByHand(encodeClaims(CLAIMS), nonce).endsWith(character)) return nonce;
  }
}

describe('the end of a V3 token', () => {
  // Of n bytes base64url has a last character of 6 bits of the last byte where n is a multiple of 3, of 2 bits and
  // four zeros (A, Q, g, w) after one byte more, and of 4 bits and two zeros (no - or _) after two more.
  it.each([1, 2, 3])(
    'a V3 token of any length ends in a letter or a digit, with a purpose of %i characters',
    (length) => {
      const ends = new Set<string>();
      // That 3,000 of them end well by chance has a chance of (31/32)^3000, 10^-41.
      for (let minted = 0; minted < 3_000; minted++) {
        const { value, id } = codec.encode(withPurpose(length));
        ends.add(value.slice(-1));
        ends.add(id.slice(-1));
      }
      expect([...ends].filter((character) => !/[A-Za-z0-9]/.test(character))).toEqual([]);
    },
  );

  it.each(['-', '_'])('V3Codec draws another nonce where a token would end in %s', (character) => {
    const bad = nonceFor(character);
    const { drawing, drawn } = codecDrawing(bad, bad);
    const minted = drawing.encode(CLAIMS);
    expect(drawn()).toBeGreaterThanOrEqual(3);
    expect(minted.id).not.toBe(bad.toString('base64url'));
    expect(minted.value).toMatch(/[A-Za-z0-9]$/);
    expect(read(codec, minted.value)).toEqual(minted);
  });

  it.each([0x3e, 0x3f, 0xfe, 0xff])(
    'the id of a V3 token ends in a letter or a digit, since no nonce ends in the byte %i',
    (last) => {
      const bad = Buffer.concat([Buffer.alloc(23, 7), Buffer.of(last)]);
      const { drawing } = codecDrawing(bad);
      const minted = drawing.encode(BARE);
      expect(minted.id).toMatch(/^[A-Za-z0-9_-]{31}[A-Za-z0-9]$/);
      expect(read(codec, minted.value)).toEqual(minted);
    },
  );

  it('a V3 token ends otherwise only where every drawn nonce would end it so, and works all the same', () => {
    const bad = Buffer.alloc(24, 0xff);
    const { drawing, drawn } = codecDrawing(...Array<Buffer>(1_000).fill(bad));
    const minted = drawing.encode(BARE);
    expect(drawn()).toBe(32);
    expect(read(codec, minted.value)).toEqual(minted);
  });
});

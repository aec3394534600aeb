import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { DecodedToken } from '../../src/token/decoded-token.js';
import { V1Codec } from '../../src/formats/v1.codec.js';
import { V2Codec } from '../../src/formats/v2.codec.js';
import { V3Codec } from '../../src/formats/v3.codec.js';
import { Keyring } from '../../src/keys/keyring.js';
import { resolveSecrets } from '../../src/keys/secrets.js';
import { Refusal } from '../../src/common/refusal.js';
import { OLD_SECRET, SECRET } from '../support/secrets.js';
import { BARE } from './v3-by-hand.js';

type Expectation = { ok: true; expiresAt: number } | { ok: false };

const { cases }: { cases: { name: string; secret: string; token: string; expect: Expectation }[] } =
  JSON.parse(readFileSync(new URL('../vectors/tempid-v1.json', import.meta.url), 'utf8'));

const keyringOf = (...secrets: string[]) => new Keyring(resolveSecrets(secrets));
const codecWith = (...secrets: string[]) => new V1Codec(keyringOf(...secrets));
const codec = codecWith(SECRET);

/** As the service reads a token: the codec is asked only where it recognizes the string. */
function read(reader: V1Codec, value: string): DecodedToken | string {
  if (!reader.recognizes(value)) return 'TEMPID_FORMAT';
  const result = reader.decode(value);
  return result instanceof Refusal ? result.toError().code : result;
}

const s = (secret: string, text: string) =>
  createHmac('sha256', secret).update(text).digest('hex').slice(0, 16);

/** A token as the description says, step by step. */
function tokenByHand(expiresAt: number, secret = SECRET, random = '00c0de'): string {
  const mask = Number.parseInt(s(secret, 'ts-mask-v1').slice(0, 8), 16);
  const expiry = ((expiresAt ^ mask) >>> 0).toString(16).padStart(8, '0');
  return `${expiry}-${random}-${s(secret, expiry + random).slice(0, 8)}`;
}

const TOKEN = tokenByHand(4_000_000_000);
const BARE_TOKEN = TOKEN.replaceAll('-', '');

describe('V1Codec and the tokens of the Python package', () => {
  it('the file of vectors has 16 tokens of v1', () => expect(cases).toHaveLength(16));

  it.each(cases)(
    'V1Codec answers as the Python package does for: $name',
    ({ secret, token, expect: expected }) => {
      const result = read(codecWith(secret), token);
      const actual =
        typeof result === 'string'
          ? { ok: false }
          : { ok: true, expiresAt: result.claims.expiresAt };
      expect(actual).toEqual(expected);
    },
  );
});

describe('a token that V1Codec reads', () => {
  it('V1Codec reads a token as nothing but an expiry, without an id that a store could count', () => {
    expect(read(codec, TOKEN)).toMatchObject({
      value: TOKEN,
      isCountable: false,
      claims: { ...BARE, issuedAt: null },
    });
  });

  it.each([
    ['upper case', TOKEN.toUpperCase()],
    ['mixed case', TOKEN.slice(0, 9) + TOKEN.slice(9).toUpperCase()],
    ['no dashes', BARE_TOKEN],
    ['only the first dash', `${TOKEN.slice(0, 9)}${BARE_TOKEN.slice(8)}`],
    ['only the second dash', `${BARE_TOKEN.slice(0, 14)}-${BARE_TOKEN.slice(14)}`],
  ])('V1Codec reads a token in %s as the same token, under the same id', (_, value) => {
    expect(read(codec, value)).toMatchObject({
      value,
      id: (read(codec, TOKEN) as DecodedToken).id,
      claims: { expiresAt: 4_000_000_000 },
    });
  });

  it('V1Codec reads a token of any of several secrets', () => {
    for (const secrets of [
      [SECRET, OLD_SECRET],
      [OLD_SECRET, SECRET],
    ]) {
      expect(read(codecWith(...secrets), TOKEN)).toMatchObject({
        claims: { expiresAt: 4_000_000_000 },
      });
    }
    expect(read(codecWith(OLD_SECRET), TOKEN)).toBe('TEMPID_TAMPERED');
  });

  it('V1Codec reads an expiry in the first and the last second of its range, and none beyond', () => {
    for (const expiresAt of [1_577_836_800, 4_102_444_800]) {
      expect(read(codec, tokenByHand(expiresAt))).toMatchObject({ claims: { expiresAt } });
    }
    for (const expiresAt of [0, 1_577_836_799, 4_102_444_801, 0xffff_ffff]) {
      expect(read(codec, tokenByHand(expiresAt))).toBe('TEMPID_FORMAT');
    }
  });

  it('the id of a v1 token opens nothing and cannot be computed without the secret', () => {
    const { id } = read(codec, TOKEN) as DecodedToken;
    expect(id).toMatch(/^[\w-]{32}$/);
    const other = read(codec, tokenByHand(4_000_000_000, SECRET, '00c0df')) as DecodedToken;
    expect(other.id).not.toBe(id);
    expect(codec.recognizes(id)).toBe(false);
  });
});

describe('a token that V1Codec refuses', () => {
  it('V1Codec refuses a token in which any one character was changed', () => {
    for (let index = 0; index < BARE_TOKEN.length; index++) {
      const digit = (Number.parseInt(BARE_TOKEN.charAt(index), 16) ^ 1).toString(16);
      const changed = BARE_TOKEN.slice(0, index) + digit + BARE_TOKEN.slice(index + 1);
      expect(read(codec, changed)).toBe('TEMPID_TAMPERED');
    }
  });

  it.each([
    ['nothing', ''],
    ['a character less', BARE_TOKEN.slice(1)],
    ['a character more', `${BARE_TOKEN}0`],
    ['dashes in other places', `${TOKEN.slice(0, 4)}-${TOKEN.slice(4, 8)}${TOKEN.slice(9)}`],
    ['two dashes for one', TOKEN.replace('-', '--')],
    ['what is not hexadecimal', `g${TOKEN.slice(1)}`],
    ['white space around', ` ${TOKEN}`],
    ['a line break after', `${BARE_TOKEN}\n`],
    ['0x before', `0x${BARE_TOKEN.slice(2)}`],
    ['digits of another script', `٠${BARE_TOKEN.slice(1)}`],
  ])('V1Codec refuses as a token: %s', (_, value) => {
    expect(codec.recognizes(value)).toBe(false);
    expect(codec.decode(value)).toBeInstanceOf(Refusal);
  });

  it('V1Codec refuses any other string without throwing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(codec.decode(value)).toBeInstanceOf(Refusal);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 11, maxLength: 11 }), (bytes) => {
        const value = Buffer.from(bytes).toString('hex');
        expect(read(codec, value)).toBe('TEMPID_TAMPERED');
      }),
    );
  });
});

describe('V1, V2 and V3', () => {
  it('v1, v2 and v3 recognize no token of one another', () => {
    const keyring = keyringOf(SECRET);
    const codecs = { v1: new V1Codec(keyring), v2: new V2Codec(keyring), v3: new V3Codec(keyring) };
    const v2 = codecs.v2.encode(BARE).value;
    const v3 = codecs.v3.encode(BARE).value;
    const recognizedBy = (value: string) =>
      Object.values(codecs).map((one) => one.recognizes(value));
    expect(recognizedBy(TOKEN)).toEqual([true, false, false]);
    expect(recognizedBy(v2)).toEqual([false, true, false]);
    expect(recognizedBy(v3)).toEqual([false, false, true]);
    for (const [name, one] of Object.entries(codecs)) {
      for (const value of [TOKEN, v2, v3]) {
        expect(one.decode(value) instanceof Refusal).toBe(!codecs[name as 'v1'].recognizes(value));
      }
    }
  });

  it('no part of a v2 or v3 token is a v1 token', () => {
    const keyring = keyringOf(SECRET);
    for (let round = 0; round < 200; round++) {
      const payload = { id: randomBytes(8).toString('hex') };
      for (const other of [new V2Codec(keyring), new V3Codec(keyring)]) {
        const { value, id } = other.encode({ ...BARE, payload });
        for (const part of [id, ...value.split('.')]) expect(codec.recognizes(part)).toBe(false);
      }
    }
  });
});

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Claims, JsonObject } from '../../src/token/claims.js';
import type { DecodedToken } from '../../src/token/decoded-token.js';
import { optionsFromEnvironment } from '../../src/config/environment.js';
import { V2Codec } from '../../src/formats/v2.codec.js';
import { Keyring } from '../../src/keys/keyring.js';
import { resolveSecrets } from '../../src/keys/secrets.js';
import { Refusal } from '../../src/common/refusal.js';
import { trimToken } from '../../src/token/token-ends.js';
import { OLD_SECRET, SECRET } from '../support/secrets.js';

type Expectation =
  | { ok: true; expiresAt: number; maxUses: number; payload: JsonObject | null; id: string }
  | { ok: false; error: 'format' | 'tampered' };

const { cases }: { cases: { name: string; secret: string; token: string; expect: Expectation }[] } =
  JSON.parse(readFileSync(new URL('../vectors/tempid-v2.json', import.meta.url), 'utf8'));
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const CLAIMS: Claims = {
  expiresAt: 4_000_000_000,
  issuedAt: null,
  notBefore: null,
  maxUses: 3,
  payload: { userId: 42, name: 'Zoë' },
  purpose: null,
  subject: null,
  audience: null,
  issuer: null,
  binding: null,
};

const codecWith = (...secrets: string[]) =>
  new V2Codec(new Keyring(resolveSecrets(secrets.map((secret) => Buffer.from(secret)))));
const codec = codecWith(SECRET);

/** As the service reads a token: its ends are trimmed, and the codec is asked only where it recognizes the rest. */
function read(reader: V2Codec, padded: string): DecodedToken | string {
  const value = trimToken(padded);
  if (!reader.recognizes(value)) return 'TEMPID_FORMAT';
  const result = reader.decode(value);
  return result instanceof Refusal ? result.toError().code : result;
}

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const text = (bits.match(/.{1,5}/g) ?? [])
    .map((group) => ALPHABET.charAt(Number.parseInt(group.padEnd(5, '0'), 2)))
    .join('');
  return (text.match(/.{1,5}/g) ?? []).join('-');
}

function fromBase32(text: string | undefined): Buffer {
  const bits = Array.from((text ?? '').replaceAll('-', ''))
    .map((character) => ALPHABET.indexOf(character).toString(2).padStart(5, '0'))
    .join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

const payloadKey = Buffer.from(hkdfSync('sha256', SECRET, '', 'tempid-payload-enc-v2', 32));
const HEADER = Buffer.from(`02${(4_000_000_000).toString(16).padStart(10, '0')}0102030405`, 'hex');

function signByHand(parts: readonly string[], secret = SECRET): string {
  const signed = `TEMP-V2.${parts.join('.')}`;
  const mac = createHmac('sha256', secret).update(signed).digest();
  return `${signed}.${base32(mac.subarray(0, 12))}`;
}

function sealByHand(compressed: Buffer): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', payloadKey, nonce);
  const ciphertext = Buffer.concat([cipher.update(compressed), cipher.final()]);
  return Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]);
}

/** A token whose payload, once decrypted, is `compressed`. */
const tokenByHand = (compressed: Buffer) =>
  signByHand([base32(HEADER), base32(sealByHand(compressed))]);

const tokenWithJson = (json: string | Buffer) => tokenByHand(deflateSync(Buffer.from(json)));

describe('V2Codec and the tokens of the Python package', () => {
  it('the file of vectors has 87 tokens of v2', () => expect(cases).toHaveLength(87));

  it.each(cases)(
    'V2Codec answers as the Python package does for: $name',
    ({ secret, token, expect: expected }) => {
      const result = read(codecWith(secret), token);
      const actual =
        typeof result === 'string'
          ? { ok: false, error: result.slice('TEMPID_'.length).toLowerCase() }
          : {
              ok: true,
              expiresAt: result.claims.expiresAt,
              maxUses: result.claims.maxUses,
              payload: result.claims.payload,
              id: result.id,
            };
      expect(actual).toEqual(expected);
      // The text also tells a key __proto__ from a prototype.
      expect(JSON.stringify(actual)).toBe(JSON.stringify(expected));
      expect({}).not.toHaveProperty('polluted');
    },
  );
});

describe('V2Codec and a secret with white space at its ends', () => {
  // As the environment gives them to Python, which takes the whole of TEMPID_SECRET and does not strip it.
  it.each([`${SECRET} `, ` ${SECRET}`, `${SECRET}\n`, `\t${SECRET}\r\n`])(
    'V2Codec reads what Python signs with the secret %j, and writes what Python reads',
    (secret) => {
      for (const secrets of [
        resolveSecrets(secret, {}),
        resolveSecrets(undefined, { TEMPID_SECRET: secret }),
        resolveSecrets(optionsFromEnvironment({ TEMPID_SECRET: secret }).secret as string, {}),
      ]) {
        const reader = new V2Codec(new Keyring(secrets));
        expect(read(reader, signByHand([base32(HEADER)], secret))).toMatchObject({
          claims: { expiresAt: 4_000_000_000, maxUses: 5 },
        });
        expect(read(reader, signByHand([base32(HEADER)], secret.trim()))).toBe('TEMPID_TAMPERED');
        const { value } = reader.encode({ ...CLAIMS, payload: null });
        expect(signByHand([value.split('.')[1] ?? ''], secret)).toBe(value);
      }
    },
  );
});

describe('V2Codec', () => {
  it('V2Codec mints what decodes by hand from the description of the format', () => {
    const { value, id } = codec.encode(CLAIMS);
    const [prefix, header, payload, signature] = value.split('.');
    expect(prefix).toBe('TEMP-V2');
    expect(signByHand([header ?? '', payload ?? ''])).toBe(value);
    expect(id).toBe(signature);
    expect(fromBase32(header).toString('hex')).toMatch(/^0200ee6b2800[0-9a-f]{8}03$/);

    const sealed = fromBase32(payload);
    const decipher = createDecipheriv('aes-256-gcm', payloadKey, sealed.subarray(0, 12));
    decipher.setAuthTag(sealed.subarray(-16));
    const compressed = [decipher.update(sealed.subarray(12, -16)), decipher.final()];
    const json = inflateSync(Buffer.concat(compressed)).toString();
    expect(json).toBe('{"userId":42,"name":"Zoë"}');
  });

  it('V2Codec mints a token of two parts where there is no payload', () => {
    const { value } = codec.encode({ ...CLAIMS, payload: null });
    expect(value).toMatch(/^TEMP-V2\.[A-Z2-7-]{21}\.[A-Z2-7-]{23}$/);
    expect(read(codec, value)).toMatchObject({ claims: { payload: null, maxUses: 3 } });
  });

  it('V2Codec mints no two tokens with the same header, nonce or signature', () => {
    const parts = Array.from({ length: 100 }, () => codec.encode(CLAIMS).value.split('.'));
    for (const prefixOf of [
      (part: string[]) => part[1],
      (part: string[]) => part[2]?.slice(0, 22),
      (part: string[]) => part[3],
    ]) {
      expect(new Set(parts.map(prefixOf)).size).toBe(100);
    }
  });

  it('V2Codec gives back any payload of up to 512 bytes of JSON, frozen', () => {
    const payloads = fc
      .dictionary(fc.string(), fc.jsonValue())
      .map((payload) => JSON.stringify(payload))
      .filter((json) => Buffer.byteLength(json) <= 512);
    fc.assert(
      fc.property(payloads, (json) => {
        const payload: JsonObject = JSON.parse(json);
        const minted = codec.encode({ ...CLAIMS, payload });
        const decoded = codec.decode(minted.value);
        expect(decoded).toEqual({ ...minted, claims: { ...CLAIMS, payload } });
        const frozen = JSON.stringify(decoded, (key, value: unknown) =>
          key === '' || key === 'claims' || Object.isFrozen(value) ? value : 'not frozen',
        );
        expect(frozen).toContain(json);
      }),
      { numRuns: 500 },
    );
  });

  it('V2Codec returns from minting what decoding gives, also where JSON changes it', () => {
    const minted = codec.encode({ ...CLAIMS, issuedAt: 1_750_000_000_123, payload: { zero: -0 } });
    expect(codec.decode(minted.value)).toEqual(minted);
  });

  it('V2Codec refuses to mint over 512 bytes of JSON in UTF-8', () => {
    const fits = { text: 'é'.repeat(250) + 'x' };
    expect(Buffer.byteLength(JSON.stringify(fits))).toBe(512);
    const { value } = codec.encode({ ...CLAIMS, payload: fits });
    expect(read(codec, value)).toMatchObject({ claims: { payload: fits } });
    expect(() => codec.encode({ ...CLAIMS, payload: { text: 'é'.repeat(251) } })).toThrow(
      expect.objectContaining({ code: 'TEMPID_PAYLOAD_TOO_LARGE' }),
    );
  });

  it.each([
    ['notBefore', { notBefore: 1_700_000_000 }],
    ['purpose', { purpose: 'reset' }],
    ['subject', { subject: 'user-1' }],
    ['audience', { audience: 'app' }],
    ['issuer', { issuer: 'app' }],
    ['boundTo', { binding: Buffer.alloc(16) }],
    ['maxUses', { maxUses: 256 }],
    ['expiry', { expiresAt: 1_577_836_799 }],
    ['expiry', { expiresAt: 4_102_444_801 }],
  ])('V2Codec refuses to mint what it cannot carry, and names %s', (name, claims) => {
    expect(() => codec.encode({ ...CLAIMS, ...claims })).toThrow(
      expect.objectContaining({
        code: 'TEMPID_CONFIGURATION',
        message: expect.stringContaining(name),
      }),
    );
  });

  it.each([
    { expiresAt: 1_577_836_800, maxUses: 0 },
    { expiresAt: 4_102_444_800, maxUses: 255 },
  ])('V2Codec carries the limits $expiresAt and $maxUses', (claims) => {
    const { value } = codec.encode({ ...CLAIMS, ...claims });
    expect(read(codec, value)).toMatchObject({ claims });
  });

  it('V2Codec reads tokens of every secret and mints with the newest', () => {
    const rotated = codecWith(SECRET, OLD_SECRET);
    const old = codecWith(OLD_SECRET).encode(CLAIMS);
    expect(read(rotated, old.value)).toMatchObject({ id: old.id, claims: CLAIMS });
    const { value, id } = rotated.encode(CLAIMS);
    expect(read(codec, value)).toMatchObject({ id, claims: CLAIMS });
    expect(read(codecWith(OLD_SECRET), value)).toBe('TEMPID_TAMPERED');
  });

  it('V2Codec refuses every change of one character', () => {
    const { value } = codec.encode(CLAIMS);
    const replacements = ['A', 'B', '7', 'a', '0', '-', '.', ' ', '=', 'é', '\u{1F511}'];
    for (const index of Array(value.length).keys()) {
      for (const replacement of replacements.filter((each) => each !== value[index])) {
        const changed = value.slice(0, index) + replacement + value.slice(index + 1);
        expect([changed, read(codec, changed)]).toEqual([
          changed,
          expect.stringMatching(/FORMAT|TAMPERED/),
        ]);
      }
    }
  });

  it('V2Codec refuses a token that is cut off anywhere', () => {
    const { value } = codec.encode(CLAIMS);
    for (const length of Array(value.length).keys()) {
      expect(read(codec, value.slice(0, length))).toEqual(expect.any(String));
    }
  });

  it('V2Codec recognizes and decodes any string without throwing', () => {
    const strings = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(strings, fc.constantFrom('', 'TEMP-V2.', 'TEMP-V2.A.', ' \n'), (text, prefix) => {
        expect(codec.recognizes(text)).toBe(false);
        expect(codec.decode(prefix + text)).toBeInstanceOf(Refusal);
      }),
      { numRuns: 2_000 },
    );
  });

  it('V2Codec refuses a signed token with another prefix', () => {
    const [, ...parts] = codec.encode({ ...CLAIMS, payload: null }).value.split('.');
    const signed = `TEMP-V9.${parts[0]}`;
    const mac = createHmac('sha256', SECRET).update(signed).digest().subarray(0, 12);
    const result = codec.decode(`${signed}.${base32(mac)}`);
    expect(result instanceof Refusal && result.toError().code).toBe('TEMPID_FORMAT');
  });

  it('V2Codec reads a payload made by hand, of 512 bytes of JSON and no more', () => {
    const json = JSON.stringify({ text: 'x'.repeat(501) });
    expect(read(codec, tokenWithJson(json))).toMatchObject({
      claims: { payload: JSON.parse(json) },
    });
    expect(read(codec, tokenWithJson(`${json} `))).toBe('TEMPID_TAMPERED');
  });

  it.each([
    ['a decompression bomb', deflateSync(`{"text":"${'x'.repeat(50_000_000)}"}`)],
    ['a payload that is not compressed', Buffer.from('{"a":1}')],
    ['a payload that is cut off', deflateSync('{"a":1}').subarray(0, -1)],
    ['an empty payload', Buffer.alloc(0)],
    ['a payload that is not JSON', deflateSync('{a:1}')],
    ['a payload that is not UTF-8', deflateSync(Buffer.from('{"a":"\xff"}', 'latin1'))],
  ])('V2Codec refuses %s as tampered, though the secret signed it', (_, compressed) => {
    expect(read(codec, tokenByHand(compressed))).toBe('TEMPID_TAMPERED');
  });

  it.each([
    '{"score": NaN}',
    '{"score":Infinity}',
    '{"scores": [1.5, -Infinity], "note": "\\"NaN\\" is no number"}',
    '{"note":"Infinity","a":{"b":NaN}}',
  ])('V2Codec calls %s of Python what it is, and not changed', (json) => {
    const result = codec.decode(tokenWithJson(json));
    expect(result instanceof Refusal && result.toError()).toMatchObject({
      code: 'TEMPID_PAYLOAD',
      message: expect.stringContaining('NaN or Infinity, which JSON has not'),
    });
  });

  it.each(['{"score": nan}', '{"score": NaN', '{"a": NaNNaN}', '{a: "NaN"}', '{"a": +Infinity}'])(
    'V2Codec refuses %s, which Python does not write, as tampered',
    (json) => {
      expect(read(codec, tokenWithJson(json))).toBe('TEMPID_TAMPERED');
    },
  );

  it('V2Codec reads a payload whose text says NaN and Infinity', () => {
    const payload = { NaN: 'Infinity', '-Infinity': ['NaN'] };
    expect(read(codec, tokenWithJson(JSON.stringify(payload)))).toMatchObject({
      claims: { payload },
    });
  });

  it('V2Codec refuses a changed bit of the sealed payload as tampered, though the secret signed it', () => {
    const sealed = sealByHand(deflateSync('{"a":1}'));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(sealed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const value = signByHand([base32(HEADER), base32(changed)]);
      expect([bit, read(codec, value)]).toEqual([bit, 'TEMPID_TAMPERED']);
    }
  });

  it.each(['null', '[]', '[{}]', '"text"', '1', 'true'])(
    'V2Codec refuses the payload %s as no token of its format',
    (json) => {
      expect(read(codec, tokenWithJson(json))).toBe('TEMPID_FORMAT');
    },
  );
});

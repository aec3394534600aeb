import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Refusal } from '../../src/common/refusal.js';
import { BARE, codec, FULL, read, sealByHand, tokenWith } from './v3-by-hand.js';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('V3Codec refuses with TempIDFormatError', () => {
  const unsigned = [null, '1', -1, 1.5, true, [1], { a: 1 }, Buffer.of(1), 2 ** 53];
  const text = [null, 1, true, ['a'], { a: 'a' }, Buffer.from('a')];
  const wrong: readonly (readonly [name: string, key: number, values: readonly unknown[]])[] = [
    ['issuer', 1, text],
    ['subject', 2, text],
    ['audience', 3, text],
    ['expiry', 4, [...unsigned, 8_640_000_000_001]],
    ['not before', 5, [...unsigned, 8_640_000_000_001]],
    ['issue time', 6, [...unsigned, 8_640_000_000_001]],
    ['purpose', -1, text],
    ['max uses', -2, [...unsigned, 0, 2_147_483_647]],
    ['payload', -3, [null, 1, 'a', true, [], [{}], Buffer.of(1), new Map([[1, 2]])]],
    ['binding', -4, [null, 1, 'x'.repeat(16), Buffer.alloc(15), Buffer.alloc(17), Buffer.alloc(0)]],
    ['milliseconds', -5, [...unsigned, 1_000]],
  ];

  it.each(wrong)('V3Codec refuses a claim of another type or range: %s', (_, key, values) => {
    for (const value of values) {
      expect([value, read(codec, tokenWith([[key, value]]))]).toEqual([value, 'TEMPID_FORMAT']);
    }
  });

  it.each([0, 7, 8, 255, 2 ** 40, -6, -7, -256, 'exp', '4', true])(
    'V3Codec refuses the unknown claim %j',
    (key) => {
      expect(read(codec, tokenWith([[key, 1]]))).toBe('TEMPID_FORMAT');
    },
  );

  it.each([
    ['no expiry', 'a1061a684ee180'],
    ['no issue time', 'a1041aee6b2800'],
    ['no claims', 'a0'],
    ['nothing', ''],
    ['no map', '82041aee6b2800'],
    ['a claim twice', 'a3041aee6b2800041aee6b2801061a684ee180'],
    ['claims out of order', 'a2061a684ee180041aee6b2800'],
    ['an expiry that is a float', 'a204fa4f6e6b28061a684ee180'],
    ['max uses that are a float', 'a3041aee6b2800061a684ee18021f93c00'],
    ['a byte after the claims', 'a2041aee6b2800061a684ee18000'],
  ])('V3Codec refuses claims with %s', (_, hex) => {
    expect(read(codec, sealByHand(Buffer.from('a2041aee6b2800061a684ee180', 'hex')))).toMatchObject(
      {
        claims: BARE,
      },
    );
    expect(read(codec, sealByHand(Buffer.from(hex, 'hex')))).toBe('TEMPID_FORMAT');
  });

  it('V3Codec refuses base64url that is not canonical', () => {
    const nonce = Buffer.from(`0000${'fbefbe'.repeat(3)}${'ff'.repeat(13)}`, 'hex');
    const value = tokenWith([[-2, 1]], nonce);
    expect(read(codec, value)).toMatchObject({ claims: { maxUses: 1 } });
    const body = value.slice('TEMP-V3.'.length);
    expect(body).toMatch(/-.*_/);
    const last = BASE64URL.indexOf(body.at(-1) ?? '');
    for (const other of [
      body.replaceAll('-', '+'),
      body.replaceAll('_', '/'),
      `${body}=`,
      `${body}==`,
      ` ${body}`,
      `${body} `,
      `${body}\n`,
      `${body.slice(0, 20)}\n${body.slice(20)}`,
      `${body}!`,
      `${body}AA`,
      body.slice(0, -1) + BASE64URL.charAt(last + 1),
    ]) {
      expect([other, read(codec, `TEMP-V3.${other}`)]).toEqual([other, 'TEMPID_FORMAT']);
    }
  });

  it('V3Codec refuses less than a kid, a nonce and a tag', () => {
    const bytes = Buffer.from(codec.encode(BARE).value.slice('TEMP-V3.'.length), 'base64url');
    for (let length = 0; length < 44; length++) {
      const value = `TEMP-V3.${bytes.toString('base64url', 0, length)}`;
      expect([length, read(codec, value)]).toEqual([length, 'TEMPID_FORMAT']);
    }
    expect(read(codec, `TEMP-V3.${bytes.toString('base64url', 0, 44)}`)).toBe('TEMPID_TAMPERED');
  });

  it.each(['TEMP-V2.', 'TEMP-V4.', 'temp-v3.', 'TEMP_V3.', ' TEMP-V3.', 'TEMP-V3', ''])(
    'V3Codec refuses the prefix "%s"',
    (prefix) => {
      expect(read(codec, prefix + codec.encode(BARE).value.slice('TEMP-V3.'.length))).toBe(
        'TEMPID_FORMAT',
      );
    },
  );

  it('V3Codec refuses another prefix of the same length, also where it was not asked to recognize it', () => {
    const result = codec.decode(`TEMP-V4.${codec.encode(BARE).value.slice('TEMP-V3.'.length)}`);
    expect(result instanceof Refusal && result.toError().code).toBe('TEMPID_FORMAT');
  });
});

describe('V3Codec refuses with TempIDTamperedError', () => {
  it.each(['kid', 'nonce', 'sealed'])(
    'V3Codec refuses any changed bit of %s as tampered',
    (field) => {
      const bytes = Buffer.from(codec.encode(FULL).value.slice('TEMP-V3.'.length), 'base64url');
      const [start, end] = { kid: [0, 4], nonce: [4, 28] }[field] ?? [28, bytes.length];
      for (let bit = (start ?? 0) * 8; bit < (end ?? 0) * 8; bit++) {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const value = `TEMP-V3.${changed.toString('base64url')}`;
        expect([bit, read(codec, value)]).toEqual([bit, 'TEMPID_TAMPERED']);
      }
    },
  );
});

describe('V3Codec', () => {
  it('V3Codec refuses every change of one character into any other', () => {
    const { value } = codec.encode(FULL);
    const accepted: string[] = [];
    for (let index = 0; index < value.length; index++) {
      for (const character of BASE64URL.replace(value.charAt(index), '')) {
        const changed = value.slice(0, index) + character + value.slice(index + 1);
        if (typeof read(codec, changed) !== 'string') accepted.push(changed);
      }
    }
    expect(value.length).toBeGreaterThan(200);
    expect(accepted).toEqual([]);
  });

  it('V3Codec recognizes and decodes any string without throwing', () => {
    const base64url = fc
      .uint8Array({ maxLength: 200 })
      .map((bytes) => Buffer.from(bytes).toString('base64url'));
    const strings = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), base64url);
    fc.assert(
      fc.property(strings, fc.constantFrom('', 'TEMP-V3.'), (text, prefix) => {
        expect(codec.recognizes(prefix + text)).toBe(prefix !== '');
        expect(codec.decode(prefix + text)).toBeInstanceOf(Refusal);
      }),
      { numRuns: 5_000 },
    );
  });
});

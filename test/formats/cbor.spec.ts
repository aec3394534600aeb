import { describe, expect, it } from '@jest/globals';
import { encode as encodeWithCborg, rfc8949EncodeOptions } from 'cborg';
import * as fc from 'fast-check';
import type { JsonValue } from '../../src/token/claims.js';
import { decodeCbor } from '../../src/formats/cbor/decode.js';
import { encodeCbor } from '../../src/formats/cbor/encode.js';
import { CborError, type CborValue, MAX_DEPTH } from '../../src/formats/cbor/value.js';

const MAX = Number.MAX_SAFE_INTEGER;

/** RFC 8949 Appendix A, as far as it is JSON, byte strings and maps with integer keys, in deterministic encoding. */
// prettier-ignore
const APPENDIX_A: readonly (readonly [hex: string, value: CborValue])[] = [
  ['00', 0], ['01', 1], ['0a', 10], ['17', 23], ['1818', 24], ['1819', 25], ['1864', 100],
  ['1903e8', 1_000], ['1a000f4240', 1_000_000], ['1b000000e8d4a51000', 1_000_000_000_000],
  ['20', -1], ['29', -10], ['3863', -100], ['3903e7', -1_000], ['f98000', -0],
  ['fb3ff199999999999a', 1.1], ['f93e00', 1.5], ['fa7f7fffff', 3.4028234663852886e38],
  ['fb7e37e43c8800759c', 1e300], ['f90001', 5.960464477539063e-8], ['f90400', 0.00006103515625],
  ['fbc010666666666666', -4.1], ['f4', false], ['f5', true], ['f6', null], ['40', Buffer.alloc(0)],
  ['4401020304', Buffer.of(1, 2, 3, 4)], ['60', ''], ['6161', 'a'], ['6449455446', 'IETF'],
  ['62225c', '"\\'], ['62c3bc', 'ü'], ['63e6b0b4', '水'], ['64f0908591', '𐅑'], ['80', []],
  ['83010203', [1, 2, 3]], ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['98190102030405060708090a0b0c0d0e0f101112131415161718181819', Array.from({ length: 25 }, (_, index) => index + 1)],
  ['a0', {}], ['a26161016162820203', { a: 1, b: [2, 3] }], ['826161a161626163', ['a', { b: 'c' }]],
  ['a56161614161626142616361436164614461656145', { a: 'A', b: 'B', c: 'C', d: 'D', e: 'E' }],
];
const INTEGER_MAP_OF_APPENDIX_A = 'a201020304';

const BOUNDARIES = [0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, MAX - 1, MAX];
/** Floats of 16, 32 and 64 bits, subnormal ones too, packed by Python's struct. */
const FLOATS: readonly (readonly [hex: string, value: number])[] = [
  ['f90001', 2 ** -24],
  ['f903ff', 1_023 * 2 ** -24],
  ['f90400', 2 ** -14],
  ['f963ff', 1_023.5],
  ['fa477fdf80', 65_503.5],
  ['fa33c00000', 3 * 2 ** -25],
  ['fa38002000', 2 ** -15 + 2 ** -25],
  ['fa3f801000', 1 + 2 ** -11],
  ['fa00000001', 2 ** -149],
  ['fa00800000', 2 ** -126],
  ['fa5a000000', 2 ** 53],
  ['fa7f000000', 2 ** 127],
  ['fb3690000000000000', 2 ** -150],
  ['fb3fb999999999999a', 0.1],
  ['fb4170000008000000', 16_777_216.5],
  ['fb0000000000000001', Number.MIN_VALUE],
  ['fb7fefffffffffffff', Number.MAX_VALUE],
];

const { json } = fc.letrec<{ json: JsonValue }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom(null, false, true),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary' }),
    fc.array(tie('json')),
    fc.dictionary(
      fc.oneof(
        fc.string(),
        fc.constantFrom('__proto__', 'constructor', 'toString', '10', '9', 'é'),
      ),
      tie('json'),
    ),
  ),
}));

const hexOf = (value: CborValue) => encodeCbor(value).toString('hex');
const decodeHex = (hex: string) => decodeCbor(Buffer.from(hex, 'hex'));
const arraysNested = (levels: number) => `${'81'.repeat(levels)}80`;

function nested(levels: number): JsonValue {
  let value: JsonValue = [];
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

describe('encodeCbor and decodeCbor', () => {
  it.each(APPENDIX_A)(
    'CBOR: %s of RFC 8949 Appendix A decodes to its value, and is encoded back',
    (hex, value) => {
      expect(hexOf(value)).toBe(hex);
      expect(decodeHex(hex)).toStrictEqual(value);
    },
  );

  it('CBOR: the map with integer keys of Appendix A decodes to a Map', () => {
    const map = new Map([
      [3, 4],
      [1, 2],
    ]);
    expect(hexOf(map)).toBe(INTEGER_MAP_OF_APPENDIX_A);
    expect(decodeHex(INTEGER_MAP_OF_APPENDIX_A)).toEqual(map);
  });

  it.each(BOUNDARIES)('CBOR: the integers %d and its negative come back', (integer) => {
    for (const value of [integer, -1 - integer].filter(Number.isSafeInteger)) {
      expect(encodeCbor(value)).toEqual(Buffer.from(encodeWithCborg(value, rfc8949EncodeOptions)));
      expect(decodeCbor(encodeCbor(value))).toBe(value);
    }
  });

  it.each(FLOATS)('CBOR: %s decodes to the float %d, and is encoded back', (hex, value) => {
    expect(hexOf(value)).toBe(hex);
    expect(decodeHex(hex)).toBe(value);
    expect(decodeCbor(encodeCbor(-value))).toBe(-value);
  });

  it('CBOR: every float of 16 bits that is no integer comes back', () => {
    const other = [];
    for (let bits = 0; bits < 0x7c00; bits++) {
      const hex = `f9${bits.toString(16).padStart(4, '0')}`;
      const exponent = bits >> 10;
      const value =
        exponent === 0 ? bits * 2 ** -24 : (1_024 + (bits & 1_023)) * 2 ** (exponent - 25);
      if (!Number.isInteger(value) && !(decodeHex(hex) === value && hexOf(value) === hex)) {
        other.push(hex);
      }
    }
    expect(other).toEqual([]);
  });

  it('CBOR: every double comes back, and is written as cborg writes it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        fc.pre(!Object.is(value, -0));
        const encoded = encodeCbor(value);
        expect(encoded).toEqual(Buffer.from(encodeWithCborg(value, rfc8949EncodeOptions)));
        expect(decodeCbor(encoded)).toBe(value);
      }),
      { numRuns: 5_000 },
    );
  });

  it('CBOR: any JSON comes back as it is', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(decodeCbor(encodeCbor(value))).toEqual(value);
      }),
      { numRuns: 2_000 },
    );
  });

  it('CBOR: a key __proto__ is a property of its own, and pollutes nothing', () => {
    const value: JsonValue = JSON.parse('{"__proto__":{"polluted":true},"constructor":1}');
    const decoded = decodeCbor(encodeCbor(value));
    expect(JSON.stringify(decoded)).toBe('{"__proto__":{"polluted":true},"constructor":1}');
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('polluted');
  });

  it(`CBOR: a nesting of ${MAX_DEPTH} levels comes back, and a deeper one is refused`, () => {
    const deepest = nested(MAX_DEPTH);
    expect(hexOf(deepest)).toBe(arraysNested(MAX_DEPTH));
    expect(JSON.stringify(decodeHex(arraysNested(MAX_DEPTH)))).toBe(JSON.stringify(deepest));
    expect(() => encodeCbor(nested(MAX_DEPTH + 1))).toThrow(CborError);
    expect(() => decodeHex(arraysNested(MAX_DEPTH + 1))).toThrow(CborError);
    expect(() => decodeHex('81'.repeat(100_000))).toThrow(CborError);
    expect(() => decodeHex('a1'.repeat(100_000))).toThrow(CborError);
    expect(() => decodeHex('a16161'.repeat(100_000))).toThrow(CborError);
  });
});

describe('encodeCbor', () => {
  it('encodeCbor writes the bytes that cborg writes for any JSON', () => {
    fc.assert(
      fc.property(json, (value) => {
        // cborg writes -0 as the integer 0.
        const plain: JsonValue = JSON.parse(JSON.stringify(value));
        expect(hexOf(plain)).toBe(
          Buffer.from(encodeWithCborg(plain, rfc8949EncodeOptions)).toString('hex'),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('encodeCbor writes strings and arrays whose length needs 1, 2 and 4 more bytes', () => {
    for (const length of [23, 24, 255, 256, 65_535, 65_536]) {
      for (const value of ['x'.repeat(length), Array<number>(length).fill(0)]) {
        expect(encodeCbor(value).equals(encodeWithCborg(value, rfc8949EncodeOptions))).toBe(true);
      }
    }
  });

  it('encodeCbor sorts integer keys by their encoded bytes', () => {
    const map = new Map([24, -1, 0, -25, 1, -24, 256, 23].map((key) => [key, null]));
    expect(hexOf(map)).toBe('a800f601f617f61818f6190100f620f637f63818f6');
  });

  it('encodeCbor refuses a lone surrogate in a string or a key', () => {
    expect(() => encodeCbor('\ud800')).toThrow(CborError);
    expect(() => encodeCbor({ '\udc00': 1 })).toThrow(CborError);
  });
});

const REFUSED: readonly (readonly [what: string, ...encodings: string[]])[] = [
  ['an integer not in its shortest form', '1817', '190018', '1a0000ffff', '1b00000000ffffffff'],
  ['a negative integer not in its shortest form', '3817', '3900ff', '3a0000ffff'],
  ['a length not in its shortest form', '580100', '7801ff', '780161', '980100', 'b801616100'],
  ['a float not in its shortest form', 'fa3fc00000', 'fb3ff8000000000000', 'fb3fb99999a0000000'],
  ['a float as a claim', 'a101f93c00', 'a104fa4f6e6b28', 'a201010af93e00', 'a20af9000018200a'],
  ['an indefinite length', '5f4100ff', '7f6161ff', '9f01ff', 'bf616101ff', '1f', 'ff'],
  ['a reserved length', '1c', '1d', '1e', '7c', '9d', 'be'],
  ['a tag', 'c074323031332d30332d32315432303a30343a30305a', 'd9d9f700', 'c11a514b67b0'],
  ['a bignum', 'c249010000000000000000', 'c349010000000000000000'],
  ['an integer over 2^53 - 1', '1b0020000000000000', '1bffffffffffffffff'],
  ['an integer under -(2^53 - 1)', '3b001fffffffffffff', '3b0020000000000000'],
  ['NaN', 'f97e00', 'fa7fc00000', 'fb7ff8000000000000', 'f97e01'],
  ['an infinity', 'f97c00', 'f9fc00', 'fa7f800000', 'fbfff0000000000000'],
  ['undefined', 'f7', '81f7'],
  ['another simple value', 'e0', 'f0', 'f3', 'f8ff', 'f814', 'f818', 'fc', 'fd', 'fe'],
  ['a duplicate key', 'a2616101616102', 'a201010102'],
  ['keys out of order', 'a2616201616101', 'a2626161016162f6', 'a202010101', 'a220000100'],
  ['keys of two types', 'a201006161f6', 'a2616100f4f6', 'a26161004100f6'],
  ['one integer key as an integer and as a float', 'a20100f93c0000', 'a20000f9800000'],
  [
    'a key that is neither text nor integer',
    'a1f500',
    'a1410000',
    'a18000',
    'a1a000',
    'a1f93e0000',
  ],
  ['a key of -0', 'a1f9800000'],
  ['text that is not UTF-8', '61ff', '62c328', '63eda080', '62c080', '64f4908080', '61c3'],
  ['a byte string or a map with integer keys inside JSON', '814100', 'a161614100', '81a10102'],
  ['bytes after the value', '0000', 'a000', 'f6f6', '616161'],
  ['nothing', ''],
  [
    'a length over what is there',
    '5affffffff',
    '7affffffff',
    '9b001fffffffffffff',
    'bb001fffffffffffff',
  ],
];

/** The encoding of what the bytes decode to, or null where they are refused with a CborError. */
function writtenAgain(hex: string): string | null {
  let value: CborValue;
  try {
    value = decodeHex(hex);
  } catch (error) {
    if (error instanceof CborError) return null;
    throw error;
  }
  return hexOf(value);
}

describe('decodeCbor', () => {
  it.each(REFUSED)('decodeCbor refuses %s', (_, ...encodings) => {
    expect(encodings.filter((hex) => writtenAgain(hex) !== null)).toEqual([]);
  });

  it('decodeCbor refuses an encoding that was cut off at any byte', () => {
    const encoded = encodeCbor(
      new Map<number, CborValue>([
        [1, 'text'],
        [2, [1.5, 1.1, 70_000, 2 ** 40, -300, null, { key: 'ü'.repeat(300) }]],
        [-4, Buffer.alloc(16)],
      ]),
    );
    for (let length = 0; length < encoded.length; length++) {
      expect(() => decodeCbor(encoded.subarray(0, length))).toThrow(CborError);
    }
  });

  it('decodeCbor gives frozen arrays and objects', () => {
    const inner = decodeCbor(encodeCbor([{ list: [] }]));
    expect(Object.isFrozen(inner)).toBe(true);
    expect(JSON.stringify(inner, (_, value: unknown) => Object.isFrozen(value) && value)).toBe(
      '[{"list":[]}]',
    );
  });

  it('decodeCbor reads a whole number that another encoder wrote as a float', () => {
    expect(decodeHex('84f90000f93c00fa4f6e6b28fb433fffffffffffff')).toEqual([
      0,
      1,
      4_000_000_000,
      Number.MAX_SAFE_INTEGER,
    ]);
  });

  it('decodeCbor throws nothing but CborError for any bytes, and accepts else only what encodeCbor writes', () => {
    const head = fc.constantFrom(0x81, 0xa1, 0xa2, 0x61, 0x41, 0xf9, 0xfa, 0xfb, 0x18, 0x3b, 0x1b);
    const bytes = fc.tuple(fc.array(head, { maxLength: 5 }), fc.uint8Array({ maxLength: 24 }));
    fc.assert(
      fc.property(bytes, ([heads, rest]) => {
        const given = Buffer.from([...heads, ...rest]).toString('hex');
        const again = writtenAgain(given);
        if (again === null || again === given) return;
        expect(given).toMatch(/f[9ab]/);
        expect(writtenAgain(again)).toBe(again);
      }),
      { numRuns: 20_000 },
    );
  });
});

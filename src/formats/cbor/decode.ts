import { isUtf8 } from 'node:buffer';
import type { JsonValue } from '../../token/claims.js';
import { isShortestFloat, readHalf } from './float.js';
import { CborError, type CborValue, Major, MAX_DEPTH } from './value.js';

/**
 * Decodes deterministic CBOR, and nothing else: a length, integer or float that is not the shortest, a duplicate or
 * unordered key, a tag, NaN or a trailing byte is refused. A whole number that another encoder wrote as a float is
 * read, except as a claim. Maps with text keys become frozen objects, maps with integer keys become Maps.
 *
 * @throws {@link CborError} for anything else
 */
export function decodeCbor(bytes: Buffer): CborValue {
  return new CborReader(bytes).readAll();
}

/** The smallest argument that needs 1, 2, 4 and 8 bytes. */
const SMALLEST_ARGUMENTS = [24, 0x100, 0x1_0000, 0x1_0000_0000];

class CborReader {
  private position = 0;

  constructor(private readonly bytes: Buffer) {}

  readAll(): CborValue {
    const value = this.read(0);
    if (this.position === this.bytes.length) return value;
    throw new CborError('bytes after the value');
  }

  private read(depth: number): CborValue {
    if (depth > MAX_DEPTH) throw new CborError(`a nesting deeper than ${MAX_DEPTH} levels`);
    const initial = this.uint(1);
    const major = initial >> 5;
    if (major === Major.Simple) return this.simple(initial);
    const argument = this.argument(initial & 0x1f);
    switch (major) {
      case Major.Unsigned:
        return argument;
      case Major.Negative:
        return this.negative(argument);
      case Major.Bytes:
        return this.slice(argument);
      case Major.Text:
        return this.text(argument);
      case Major.Array:
        return this.array(argument, depth);
      case Major.Map:
        return this.map(argument, depth);
      default:
        throw new CborError('a tag');
    }
  }

  /** Moves past the next bytes. Returns where they begin. */
  private skip(length: number): number {
    const start = this.position;
    if (start + length > this.bytes.length) throw new CborError('too few bytes');
    this.position = start + length;
    return start;
  }

  private slice(length: number): Buffer {
    const start = this.skip(length);
    return this.bytes.subarray(start, this.position);
  }

  /** @param length 1, 2 or 4 */
  private uint(length: number): number {
    const start = this.skip(length);
    if (length === 1) return this.bytes[start] ?? 0;
    return length === 2 ? this.bytes.readUInt16BE(start) : this.bytes.readUInt32BE(start);
  }

  /** A number in its shortest form: in the head itself, or in the 1, 2, 4 or 8 bytes after it. */
  private argument(info: number): number {
    if (info < 24) return info;
    const smallest = SMALLEST_ARGUMENTS[info - 24];
    if (smallest === undefined) throw new CborError('an indefinite or reserved length');
    const value =
      info === 27 ? this.uint(4) * 0x1_0000_0000 + this.uint(4) : this.uint(1 << (info - 24));
    if (value < smallest) throw new CborError('an integer that is not in its shortest form');
    if (!Number.isSafeInteger(value)) throw new CborError('an integer over 2^53 - 1');
    return value;
  }

  private negative(argument: number): number {
    const value = -1 - argument;
    if (!Number.isSafeInteger(value)) throw new CborError('an integer under -(2^53 - 1)');
    return value;
  }

  private text(length: number): string {
    const start = this.skip(length);
    const text = this.bytes.toString('utf8', start, this.position);
    // Where bytes are no UTF-8, Node puts the replacement character; so may the author of the text.
    if (text.includes('\ufffd') && !isUtf8(this.bytes.subarray(start, this.position))) {
      throw new CborError('text that is not UTF-8');
    }
    return text;
  }

  private array(length: number, depth: number): JsonValue {
    const items: JsonValue[] = [];
    for (let index = 0; index < length; index++) items.push(this.json(depth + 1));
    return Object.freeze(items);
  }

  private map(length: number, depth: number): CborValue {
    const next = this.bytes[this.position];
    const keyedByText = length === 0 || (next !== undefined && next >> 5 === Major.Text);
    return keyedByText ? this.textMap(length, depth) : this.integerMap(length, depth);
  }

  private textMap(length: number, depth: number): JsonValue {
    const object: Record<string, JsonValue> = {};
    this.eachEntry(length, depth, (key) => {
      if (typeof key !== 'string') throw new CborError('a map with keys of two types');
      const value = this.json(depth + 1);
      if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true });
      else object[key] = value;
    });
    return Object.freeze(object);
  }

  private integerMap(length: number, depth: number): ReadonlyMap<number, CborValue> {
    const map = new Map<number, CborValue>();
    this.refuseFloat();
    this.eachEntry(length, depth, (key) => {
      if (typeof key !== 'number') throw new CborError('a map with keys of two types');
      this.refuseFloat();
      map.set(key, this.read(depth + 1));
      this.refuseFloat();
    });
    return map;
  }

  /** Reads every key and has its value read; keys ascend in their encoded bytes, so none comes twice. */
  private eachEntry(length: number, depth: number, readValue: (key: CborValue) => void): void {
    let [lastStart, lastEnd] = [0, 0];
    for (let index = 0; index < length; index++) {
      const start = this.position;
      const key = this.read(depth + 1);
      const end = this.position;
      if (index > 0 && this.compare(start, end, lastStart, lastEnd) <= 0) {
        throw new CborError('map keys out of order, or one twice');
      }
      [lastStart, lastEnd] = [start, end];
      readValue(key);
    }
  }

  /** The order of two encodings by their bytes, most of which differ in the first. */
  private compare(start: number, end: number, otherStart: number, otherEnd: number): number {
    const first = (this.bytes[start] ?? 0) - (this.bytes[otherStart] ?? 0);
    return first || this.bytes.compare(this.bytes, otherStart, otherEnd, start, end);
  }

  /** No key and no claim is a float, though a float may have the value of an integer. */
  private refuseFloat(): void {
    const next = this.bytes[this.position] ?? 0;
    if (next >= 0xf9 && next <= 0xfb) throw new CborError('a float among integers');
  }

  private json(depth: number): JsonValue {
    const value = this.read(depth);
    if (Buffer.isBuffer(value) || value instanceof Map) {
      throw new CborError('a value that JSON does not have');
    }
    return value as JsonValue;
  }

  private simple(initial: number): CborValue {
    switch (initial) {
      case 0xf4:
        return false;
      case 0xf5:
        return true;
      case 0xf6:
        return null;
      case 0xf9:
        return this.float(readHalf(this.uint(2)), 2);
      case 0xfa:
        return this.float(this.slice(4).readFloatBE(), 4);
      case 0xfb:
        return this.float(this.slice(8).readDoubleBE(), 8);
      default:
        throw new CborError('a simple value that JSON does not have');
    }
  }

  private float(value: number, size: number): number {
    if (!Number.isFinite(value) || !isShortestFloat(value, size)) {
      throw new CborError('a float that is not finite or not in its shortest form');
    }
    return value;
  }
}

import type { JsonObject, JsonValue } from '../../token/claims.js';
import { encodeFloat } from './float.js';
import { CborError, type CborValue, Major, MAX_DEPTH } from './value.js';

/**
 * Encodes a value as RFC 8949 section 4.2.1 (core deterministic encoding) asks: shortest integers,
 * lengths and floats, definite lengths, and map keys in the order of their encoded bytes.
 *
 * @throws {@link CborError} where a string holds a lone surrogate or the nesting is deeper than {@link MAX_DEPTH}
 */
export function encodeCbor(value: CborValue): Buffer {
  const writer = new CborWriter();
  writer.write(value, 0);
  return writer.bytes();
}

class CborWriter {
  private buffer = Buffer.allocUnsafe(256);
  private length = 0;

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  write(value: CborValue, depth: number): void {
    if (depth > MAX_DEPTH) throw new CborError(`a nesting deeper than ${MAX_DEPTH} levels`);
    if (typeof value === 'string') this.text(value);
    else if (typeof value === 'number') this.number(value);
    else if (typeof value === 'boolean') this.byte(value ? 0xf5 : 0xf4);
    else if (value === null) this.byte(0xf6);
    else if (Buffer.isBuffer(value)) this.chunk(Major.Bytes, value);
    else if (value instanceof Map) this.integerMap(value, depth);
    else if (Array.isArray(value)) this.array(value, depth);
    else this.textMap(value as JsonObject, depth);
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.length + count));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }

  private byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  private head(major: number, argument: number): void {
    this.reserve(9);
    const type = major << 5;
    if (argument < 24) {
      this.buffer[this.length++] = type | argument;
    } else if (argument < 0x100) {
      this.buffer[this.length++] = type | 24;
      this.buffer[this.length++] = argument;
    } else if (argument < 0x1_0000) {
      this.buffer[this.length++] = type | 25;
      this.length = this.buffer.writeUInt16BE(argument, this.length);
    } else if (argument < 0x1_0000_0000) {
      this.buffer[this.length++] = type | 26;
      this.length = this.buffer.writeUInt32BE(argument, this.length);
    } else {
      this.buffer[this.length++] = type | 27;
      this.length = this.buffer.writeBigUInt64BE(BigInt(argument), this.length);
    }
  }

  private chunk(major: number, bytes: Uint8Array): void {
    this.head(major, bytes.length);
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  private text(value: string): void {
    if (!value.isWellFormed()) throw new CborError('a string with a lone surrogate');
    const byteLength = Buffer.byteLength(value);
    this.head(Major.Text, byteLength);
    this.reserve(byteLength);
    this.length += this.buffer.write(value, this.length);
  }

  private number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      if (value >= 0) this.head(Major.Unsigned, value);
      else this.head(Major.Negative, -1 - value);
      return;
    }
    const bytes = encodeFloat(value);
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  private array(items: readonly JsonValue[], depth: number): void {
    this.head(Major.Array, items.length);
    for (const item of items) this.write(item, depth + 1);
  }

  private integerMap(map: ReadonlyMap<number, CborValue>, depth: number): void {
    this.head(Major.Map, map.size);
    // In encoded bytes the negative keys come after all others, and both run away from zero.
    const keys = [...map.keys()].toSorted((a, b) =>
      a < 0 === b < 0 ? Math.abs(a) - Math.abs(b) : b - a,
    );
    for (const key of keys) {
      this.number(key);
      this.write(map.get(key) ?? null, depth + 1);
    }
  }

  private textMap(object: JsonObject, depth: number): void {
    const entries = Object.entries(object);
    this.head(Major.Map, entries.length);
    if (entries.length > 1) entries.sort(([a], [b]) => compareTextKeys(a, b));
    for (const [key, value] of entries) {
      this.text(key);
      this.write(value, depth + 1);
    }
  }
}

/** The order of two text keys' encodings: a shorter one has the smaller first byte. */
function compareTextKeys(a: string, b: string): number {
  return (
    Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b))
  );
}

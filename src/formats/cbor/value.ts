import { type JsonValue, MAX_PAYLOAD_DEPTH } from '../../token/claims.js';

/** What the claims of a token are made of: JSON, byte strings, and maps with integer keys. */
export type CborValue = JsonValue | Buffer | ReadonlyMap<number, CborValue>;

/** The value cannot be written as deterministic CBOR, or the bytes are not the deterministic CBOR of a {@link CborValue}. */
export class CborError extends Error {}

/** The deepest nesting that is written or read: a payload in the map of claims. */
export const MAX_DEPTH = MAX_PAYLOAD_DEPTH + 1;

/** The major types of RFC 8949 section 3.1. */
export const Major = {
  Unsigned: 0,
  Negative: 1,
  Bytes: 2,
  Text: 3,
  Array: 4,
  Map: 5,
  Simple: 7,
} as const;

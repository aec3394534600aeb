import { createHash } from 'node:crypto';

const LENGTH = 16;

/** What a token keeps of the value that it is bound to: the first 16 bytes of SHA-256 of its UTF-8, or of its bytes. */
export function toBinding(value: string | Uint8Array): Buffer {
  return createHash('sha256').update(value).digest().subarray(0, LENGTH);
}

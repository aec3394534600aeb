import { createHash } from 'node:crypto';

const LENGTH = 16;

/** What a token keeps of the value that it is bound to: the first 16 bytes of SHA-256 of its UTF-8. */
export function toBinding(value: string): Buffer {
  return createHash('sha256').update(value, 'utf8').digest().subarray(0, LENGTH);
}

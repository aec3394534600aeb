import { createHash } from 'node:crypto';

const LENGTH = 16;

/** The beginning of every browser's key. */
export const BROWSER_PREFIX = 'tempid-browser:';

/** The second half of a binding to a browser's key. One of 2^64 hashes ends so. */
const BROWSER_MARK = Buffer.alloc(8, 0xff);

/** The second half of what a challenge is bound to. No other hash ends so, but one in 2^64. */
export const CODE_MARK = Buffer.alloc(8);

/**
 * What a token carries of the value that it is bound to: the first 16 bytes of SHA-256 of its UTF-8, or of its bytes.
 * Of a browser's key it carries the first 8 and a mark, so that a binding to anything else is not taken for one.
 */
export function toBinding(value: string | Uint8Array): Buffer {
  const hash = createHash('sha256').update(value).digest().subarray(0, LENGTH);
  const isBrowser = typeof value === 'string' && value.startsWith(BROWSER_PREFIX);
  return isBrowser ? Buffer.concat([hash.subarray(0, -BROWSER_MARK.length), BROWSER_MARK]) : hash;
}

/** Whether a token with this binding is bound to a browser's key. */
export function isBrowserBinding(binding: Uint8Array): boolean {
  return BROWSER_MARK.equals(binding.subarray(-BROWSER_MARK.length));
}

/** Whether a token with this binding is the challenge of a code: only the code opens it. */
export function isCodeBinding(binding: Uint8Array): boolean {
  return CODE_MARK.equals(binding.subarray(-CODE_MARK.length));
}

import { createHash } from 'node:crypto';

const LENGTH = 16;

/** What the key of a browser begins with. */
export const BROWSER_PREFIX = 'tempid-browser:';

/** The second half of a binding to the key of a browser. No hash ends so, but one in 2^64. */
const BROWSER_MARK = Buffer.alloc(8, 0xff);

/**
 * What a token keeps of the value that it is bound to: the first 16 bytes of SHA-256 of its UTF-8, or of its
 * bytes. Of the key of a browser it keeps the first 8, with a mark, so that nothing else that a token is bound
 * to is taken for that.
 */
export function toBinding(value: string | Uint8Array): Buffer {
  const hash = createHash('sha256').update(value).digest().subarray(0, LENGTH);
  const isBrowser = typeof value === 'string' && value.startsWith(BROWSER_PREFIX);
  return isBrowser ? Buffer.concat([hash.subarray(0, -BROWSER_MARK.length), BROWSER_MARK]) : hash;
}

/** Whether it is the key of a browser that a token is bound to. */
export function isBrowserBinding(binding: Uint8Array): boolean {
  return BROWSER_MARK.equals(binding.subarray(-BROWSER_MARK.length));
}

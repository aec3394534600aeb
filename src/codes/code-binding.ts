import { timingSafeEqual } from 'node:crypto';
import { toBinding } from '../token/binding.js';
import { normalizeCode } from './normalize-code.js';

/** No UTF-8 has the byte 0xff: no text that a token is bound to by `boundTo` is taken for a code, nor the other way round. */
const DOMAIN = Buffer.concat([Buffer.of(0xff), Buffer.from('nestjs-tempid code\0')]);

/** The second half of what a challenge is bound to. No hash ends so, but one in 2^64. */
const MARK = Buffer.alloc(8);

/** What a challenge keeps of its code. A hash of a few digits is as good as the digits: it stays encrypted. */
export function toCodeBinding(code: unknown): Buffer {
  const hash = toBinding(Buffer.concat([DOMAIN, Buffer.from(normalizeCode(code), 'utf8')]));
  return Buffer.concat([hash.subarray(0, -MARK.length), MARK]);
}

/** Whether it is a code that a token is bound to: only the code itself opens such a token. */
export function isCodeBinding(binding: Uint8Array): boolean {
  return MARK.equals(binding.subarray(-MARK.length));
}

/** Compares in constant time. What cannot be a code costs the same, and equals none. */
export function isCodeOf(binding: Uint8Array, typed: unknown): boolean {
  return timingSafeEqual(toCodeBinding(typed), binding);
}

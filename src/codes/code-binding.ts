import { timingSafeEqual } from 'node:crypto';
import { toBinding } from '../binding.js';
import { normalizeCode } from './normalize-code.js';

/** No UTF-8 has the byte 0xff: no text that a token is bound to by `boundTo` is taken for a code, nor the other way round. */
const DOMAIN = Buffer.concat([Buffer.of(0xff), Buffer.from('nestjs-tempid code\0')]);

/** What a challenge keeps of its code. 16 bytes of a hash of a few digits are as good as the digits: they stay encrypted. */
export function toCodeBinding(code: unknown): Buffer {
  return toBinding(Buffer.concat([DOMAIN, Buffer.from(normalizeCode(code), 'utf8')]));
}

/** Compares in constant time. What cannot be a code costs the same, and equals none. */
export function isCodeOf(binding: Uint8Array, typed: unknown): boolean {
  return timingSafeEqual(toCodeBinding(typed), binding);
}

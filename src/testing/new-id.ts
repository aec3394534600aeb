import { randomBytes } from 'node:crypto';

/** An id such as the format v3 gives. */
export function newId(): string {
  return randomBytes(24).toString('base64url');
}

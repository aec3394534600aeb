import type { RotatingKey } from './rotating-key.js';

/** What one key does and has done in this process. It holds nothing of the key itself. */
export interface KeyReport {
  /**
   * Names the key. Of a secret it is base64url, and its V3 tokens begin with `TEMP-V3.` and the first five
   * characters.
   */
  readonly kid: string;
  /** The format that has the key for itself; undefined of a secret, of which the keys of all others come. */
  readonly format?: 'jws' | 'jwe';
  /** `mints` and verifies, only `verifies`, or `ended`: its `notAfter` has passed. */
  readonly role: 'mints' | 'verifies' | 'ended';
  /** When the key ends by itself. */
  readonly notAfter: Date | null;
  /** How often a token of this key was verified since the key is in the list of this process. */
  readonly verified: number;
  readonly lastVerifiedAt: Date | null;
}

export function reportOf(key: RotatingKey, kid: string, isMinting: boolean): KeyReport {
  const { notAfter, verified, lastVerifiedAt } = key;
  return {
    kid,
    role: roleOf(key, isMinting),
    notAfter: notAfter === Infinity ? null : new Date(notAfter),
    verified,
    lastVerifiedAt: lastVerifiedAt === null ? null : new Date(lastVerifiedAt),
  };
}

function roleOf(key: RotatingKey, isMinting: boolean): KeyReport['role'] {
  if (isMinting) return 'mints';
  return key.isExpired() ? 'ended' : 'verifies';
}

import type { Secret } from './secret.js';

/** What one secret does and has done in this process. It holds nothing of the secret itself. */
export interface KeyReport {
  /** Names the secret, in base64url. Its V3 tokens begin with `TEMP-V3.` and the first five characters. */
  readonly kid: string;
  /** `mints` and verifies, only `verifies`, or `ended`: its `notAfter` has passed. */
  readonly role: 'mints' | 'verifies' | 'ended';
  /** When the secret ends by itself. */
  readonly notAfter: Date | null;
  /** How often a token of this secret was verified since the secret is in the list of this process. */
  readonly verified: number;
  readonly lastVerifiedAt: Date | null;
}

export function reportOf(secret: Secret, isMinting: boolean): KeyReport {
  const { kid, notAfter, verified, lastVerifiedAt } = secret;
  return {
    kid: kid.toString('base64url'),
    role: roleOf(secret, isMinting),
    notAfter: notAfter === Infinity ? null : new Date(notAfter),
    verified,
    lastVerifiedAt: lastVerifiedAt === null ? null : new Date(lastVerifiedAt),
  };
}

function roleOf(secret: Secret, isMinting: boolean): KeyReport['role'] {
  if (isMinting) return 'mints';
  return secret.isOver() ? 'ended' : 'verifies';
}

import type { KeyObject } from 'node:crypto';
import type { Refusal } from '../common/refusal.js';
import type { JwtHeader } from './header.js';
import type { UsableKey } from './jwt-key.js';

/** What keeps the claims of a JWT authentic: a signature, or encryption. */
export interface Envelope {
  /** How many dots the compact serialization has. */
  readonly dots: number;
  seal(
    claims: Uint8Array,
    header: JwtHeader,
    key: UsableKey & { readonly making: KeyObject },
  ): Promise<string>;
  /** Refuses parts after the header that nobody need try a key on. */
  refuseParts(parts: readonly string[]): Refusal | null;
  /** The claims of a token whose header was checked, and whose parts are canonical. Never rejects. */
  open(value: string, key: UsableKey): Promise<Uint8Array | Refusal>;
  /** What of a token cannot be written in another way and still be authentic. */
  identity(value: string): string;
}

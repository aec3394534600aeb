import type { KeyObject } from 'node:crypto';
import { deriveKey } from './derive-key.js';

const KID_LENGTH = 4;

/** One secret of a keyring, and how often it was needed. */
export class Secret {
  /** Names the secret. It stands in every V3 token, and tells nothing of the secret. */
  readonly kid: Buffer;
  verified = 0;
  /** Unix milliseconds. */
  lastVerifiedAt: number | null = null;

  /** @param notAfter Unix milliseconds */
  constructor(
    readonly key: KeyObject,
    public notAfter = Infinity,
  ) {
    this.kid = deriveKey(key, 'tempid v3 key id', KID_LENGTH);
  }

  isOver(): boolean {
    return this.notAfter !== Infinity && Date.now() >= this.notAfter;
  }

  /** @param now Unix milliseconds */
  noteVerified(now: number): void {
    this.verified++;
    this.lastVerifiedAt = now;
  }
}

/** The secrets of a keyring, newest first. */
export type Secrets = readonly [Secret, ...Secret[]];

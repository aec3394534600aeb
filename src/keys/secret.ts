import type { KeyObject } from 'node:crypto';
import { deriveKey } from './derive-key.js';
import { RotatingKey } from './rotating-key.js';

const KID_LENGTH = 4;

/** One secret of a keyring. */
export class Secret extends RotatingKey {
  /** Names the secret. It stands in every V3 token, and tells nothing of the secret. */
  readonly kid: Buffer;

  /**
   * @param notAfter Unix milliseconds
   * @param isPadded whether it was given as a text with white space at its ends, which is a part of it
   */
  constructor(
    readonly key: KeyObject,
    notAfter?: number,
    readonly isPadded = false,
  ) {
    super(notAfter);
    this.kid = deriveKey(key, 'tempid v3 key id', KID_LENGTH);
  }
}

/** The secrets of a keyring, newest first. */
export type Secrets = readonly [Secret, ...Secret[]];

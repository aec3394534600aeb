import { hkdfSync, type KeyObject } from 'node:crypto';
import { RotatingKey } from './rotating-key.js';

const KID_LENGTH = 4;

/** One secret of a keyring. */
export class Secret extends RotatingKey {
  /** Names the secret in its V3 tokens, and tells nothing of it. */
  readonly kid: Buffer;
  /** The four bytes of the {@link kid}, big-endian. */
  readonly id: number;
  /** The {@link kid} in base64url. */
  readonly name: string;

  /**
   * @param notAfter Unix milliseconds
   * @param isPadded whether it is a text with white space at its ends, which is a part of it
   */
  constructor(
    readonly key: KeyObject,
    notAfter?: number,
    readonly isPadded = false,
  ) {
    super(notAfter);
    this.kid = deriveKey(key, 'tempid v3 key id', KID_LENGTH);
    this.id = this.kid.readUInt32BE();
    this.name = this.kid.toString('base64url');
  }

  equals(other: Secret): boolean {
    return this.key.equals(other.key);
  }
}

/** The secrets of a keyring, newest first. */
export type Secrets = readonly [Secret, ...Secret[]];

/** HKDF-SHA-256 (RFC 5869) with an empty salt: `length` bytes of a secret for the one purpose that `info` names. */
export function deriveKey(secret: KeyObject, info: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', info, length));
}

/** What is derived from a secret: once, when it is first needed, and forgotten with the secret. */
export class PerSecret<Derived> {
  private readonly derived = new WeakMap<Secret, Derived>();

  constructor(private readonly derive: (secret: Secret) => Derived) {}

  of(secret: Secret): Derived {
    let derived = this.derived.get(secret);
    if (derived === undefined) this.derived.set(secret, (derived = this.derive(secret)));
    return derived;
  }
}

import { TempIDFormatError, TempIDTamperedError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import type { Keyring } from '../keys/keyring.js';
import { deriveKey, PerSecret, type Secret } from '../keys/secret.js';
import type { Claims } from '../token/claims.js';
import { decodeClaims } from './v3-claims.js';
import { NONCE_LENGTH, Xaes256Gcm } from './xaes-256-gcm.js';

export const KID_LENGTH = 4;
const HEADER_LENGTH = KID_LENGTH + NONCE_LENGTH;
/** In bytes. */
export const SHORTEST = HEADER_LENGTH + 16;

export const NOT_CANONICAL = new Refusal(
  TempIDFormatError,
  'A V3 token is TEMP-V3. and canonical base64url.',
);
const TOO_SHORT = new Refusal(TempIDFormatError, 'The token is too short.');
const UNKNOWN_KEY = new Refusal(
  TempIDTamperedError,
  'The token was made with a secret that is not configured here, or was changed.',
);
const CHANGED = new Refusal(TempIDTamperedError, 'The token was changed.');

/** Claims that were authenticated. */
interface OpenedClaims {
  readonly claims: Claims;
  readonly nonce: Buffer;
  readonly key: Secret;
}

/** Encrypted CBOR claims: base64url(kid || nonce || ciphertext || tag), by XAES-256-GCM (docs/token-formats.md). */
export class SealedClaims {
  private readonly keys: PerSecret<{ aead: Xaes256Gcm; additionalData: Buffer }>;

  /**
   * @param info of the HKDF, so that each format has a key of its own
   * @param label begins the additional data, before the kid
   */
  constructor(
    private readonly keyring: Keyring,
    info: string,
    label: string,
  ) {
    this.keys = new PerSecret(({ key, kid }) => ({
      aead: new Xaes256Gcm(deriveKey(key, info, 32)),
      additionalData: Buffer.concat([Buffer.from(label, 'ascii'), kid]),
    }));
  }

  /** @param context ends the additional data: the text opens only beside it */
  seal(secret: Secret, nonce: Buffer, encoded: Buffer, context = ''): string {
    const { aead, additionalData } = this.keys.of(secret);
    const sealed = aead.seal(nonce, encoded, withContext(additionalData, context));
    return Buffer.concat([secret.kid, nonce, sealed]).toString('base64url');
  }

  open(text: string, context = ''): OpenedClaims | Refusal {
    const bytes = Buffer.from(text, 'base64url');
    // Node's decoder skips what it does not know, so only a text that it writes back the same is canonical.
    if (bytes.toString('base64url') !== text) return NOT_CANONICAL;
    if (bytes.length < SHORTEST) return TOO_SHORT;
    const key = this.keyring.withKid(bytes.readUInt32BE(0));
    if (!key) return UNKNOWN_KEY;
    const { aead, additionalData } = this.keys.of(key);
    const nonce = bytes.subarray(KID_LENGTH, HEADER_LENGTH);
    const sealed = bytes.subarray(HEADER_LENGTH);
    const encoded = aead.open(nonce, sealed, withContext(additionalData, context));
    if (!encoded) return CHANGED;
    const claims = decodeClaims(encoded);
    return claims instanceof Refusal ? claims : { claims, nonce, key };
  }
}

function withContext(additionalData: Buffer, context: string): Buffer {
  return context === '' ? additionalData : Buffer.concat([additionalData, Buffer.from(context)]);
}

import { createPublicKey, createSecretKey, type KeyObject, X509Certificate } from 'node:crypto';
import { TempIDConfigurationError } from '../common/errors.js';

const BASE64 = /^[\w+/=\s-]+$/;

/**
 * A secret of `at least` or `exactly` so many bytes.
 *
 * @throws {@link TempIDConfigurationError} for a secret that is wrong; the caller adds the number of the key
 */
export function readSecret(
  material: unknown,
  wanted: 'at least' | 'exactly',
  bytes: number,
): KeyObject {
  const secret = toBytes(material);
  if (!secret) {
    throw new TempIDConfigurationError(`has a 'secret' that is neither a string nor a Buffer`);
  }
  if (looksLikeKey(secret)) {
    throw new TempIDConfigurationError(
      `has a public or private key as 'secret': give it as 'privateKey' or 'publicKey', or who has the public key could sign`,
    );
  }
  const isEnough = wanted === 'exactly' ? secret.length === bytes : secret.length >= bytes;
  if (isEnough) return createSecretKey(secret);
  throw new TempIDConfigurationError(
    `has a 'secret' of ${secret.length} bytes; ${wanted} ${bytes} are needed. ` +
      `Make one with: node -e "console.log(require('node:crypto').randomBytes(${bytes}).toString('base64url'))", ` +
      `and give Buffer.from(text, 'base64url')`,
  );
}

function toBytes(material: unknown): Uint8Array | null {
  if (material instanceof Uint8Array) return material;
  const isText = typeof material === 'string' && material.isWellFormed();
  return isText ? Buffer.from(material, 'utf8') : null;
}

/** A public key as a secret would be one that everybody knows (CVE-2022-29217). */
function looksLikeKey(secret: Uint8Array): boolean {
  const text = Buffer.from(secret).toString('utf8');
  const decoded = BASE64.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0);
  return [secret, decoded].some(
    (bytes) => isKeyText(Buffer.from(bytes).toString('utf8')) || isPublicDer(bytes),
  );
}

/** PEM or RFC 4716, a key of SSH, or a JWK. */
function isKeyText(text: string): boolean {
  return (
    /-{4} ?BEGIN /.test(text) ||
    /^\s*(?:sk-)?(?:ssh|ecdsa)-/.test(text) ||
    /^\s*\{.*"kty"/s.test(text)
  );
}

/** SPKI, the PKCS #1 of an RSA key, or a certificate, which has a public key in it. */
function isPublicDer(bytes: Uint8Array): boolean {
  const key = Buffer.from(bytes);
  const parsers = [
    () => createPublicKey({ key, format: 'der', type: 'spki' }),
    () => createPublicKey({ key, format: 'der', type: 'pkcs1' }),
    () => new X509Certificate(key),
  ];
  return parsers.some((parse) => {
    try {
      parse();
      return true;
    } catch {
      return false;
    }
  });
}

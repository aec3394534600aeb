import { createPublicKey, createSecretKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { Complain } from './key-algorithm.js';

const BASE64 = /^[\w+/=\s-]+$/;

/** A secret of at least so many bytes, or of exactly so many. */
export function readSecret(
  material: unknown,
  bytes: number,
  isExact: boolean,
  complain: Complain,
): KeyObject {
  const secret = bytesOf(material);
  if (secret && looksLikeKey(secret)) {
    throw complain(
      `has a public or private key as 'secret': give it as 'privateKey' or 'publicKey', or who has the public key could sign`,
    );
  }
  if (!secret) throw complain(`has a 'secret' that is neither a string nor a Buffer`);
  const isRight = isExact ? secret.length === bytes : secret.length >= bytes;
  if (isRight) return createSecretKey(secret);
  const wanted = `${isExact ? 'exactly' : 'at least'} ${bytes}`;
  throw complain(
    `has a 'secret' of ${secret.length} bytes; ${wanted} are needed. ` +
      `Make one with: node -e "console.log(require('node:crypto').randomBytes(${bytes}).toString('base64url'))", ` +
      `and give Buffer.from(text, 'base64url')`,
  );
}

/** A key that is public would be a secret that everybody knows (CVE-2022-29217). */
function looksLikeKey(secret: Uint8Array): boolean {
  const text = Buffer.from(secret).toString('utf8');
  if (isWrittenKey(text) || isPublicDer(secret)) return true;
  if (!BASE64.test(text)) return false;
  const decoded = Buffer.from(text, 'base64');
  return isWrittenKey(decoded.toString('utf8')) || isPublicDer(decoded);
}

/** PEM or RFC 4716, a key of SSH, or a JWK. */
function isWrittenKey(text: string): boolean {
  return (
    /-{4} ?BEGIN /.test(text) ||
    /^\s*(?:sk-)?(?:ssh|ecdsa)-/.test(text) ||
    /^\s*\{.*"kty"/s.test(text)
  );
}

/** SPKI, the PKCS #1 of an RSA key, or a certificate, which has a public key in it. */
function isPublicDer(bytes: Uint8Array): boolean {
  const key = Buffer.from(bytes);
  return (
    succeeds(() => createPublicKey({ key, format: 'der', type: 'spki' })) ||
    succeeds(() => createPublicKey({ key, format: 'der', type: 'pkcs1' })) ||
    succeeds(() => new X509Certificate(key))
  );
}

function succeeds(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}

function bytesOf(material: unknown): Uint8Array | null {
  if (material instanceof Uint8Array) return material;
  const isText = typeof material === 'string' && material.isWellFormed();
  return isText ? Buffer.from(material, 'utf8') : null;
}

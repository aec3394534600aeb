/** The signatures that a JWS may have here. */
export type JwsAlgorithm = HmacAlgorithm | SignatureAlgorithm;

/** By a secret that whoever verifies has, too (RFC 7518 §3.2). */
export type HmacAlgorithm = 'HS256' | 'HS384' | 'HS512';

/** By a private key; others verify with the public one: Ed25519 (RFC 8037), ECDSA (RFC 7518 §3.4) and RSA. */
export type SignatureAlgorithm = 'EdDSA' | 'ES256' | 'ES384' | 'ES512' | RsaAlgorithm;

/** By RSA with SHA-256: PKCS #1 v1.5 (RFC 7518 §3.3) or PSS (§3.5). One key could do both, and is bound to one. */
export type RsaAlgorithm = 'RS256' | 'PS256';

/** The bytes of a secret: as many as the hash has, at least (RFC 7518 §3.2). */
export const SECRET_BYTES = { HS256: 32, HS384: 48, HS512: 64 } as const satisfies Record<
  HmacAlgorithm,
  number
>;

/** What the header of a JWE says: the key is used directly (RFC 7518 §4.5), for AES-256-GCM. */
export const JWE_ALGORITHM = 'dir';
export const JWE_ENCRYPTION = 'A256GCM';
export const JWE_KEY_BYTES = 32;

export const JWS_ALGORITHMS: readonly JwsAlgorithm[] = [
  'HS256',
  'HS384',
  'HS512',
  'EdDSA',
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'PS256',
];

const KNOWN: ReadonlySet<unknown> = new Set(JWS_ALGORITHMS);

export function isJwsAlgorithm(value: unknown): value is JwsAlgorithm {
  return KNOWN.has(value);
}

export function isHmacAlgorithm(value: unknown): value is HmacAlgorithm {
  return typeof value === 'string' && Object.hasOwn(SECRET_BYTES, value);
}

/** The signatures that a JWS may have here: HMAC (RFC 7518 §3.2), Ed25519 (RFC 8037) and ECDSA on P-256. */
export type JwsAlgorithm = HmacAlgorithm | SignatureAlgorithm;

/** By a secret that whoever verifies has, too. */
export type HmacAlgorithm = 'HS256' | 'HS384' | 'HS512';

/** By a private key; others verify with the public one. */
export type SignatureAlgorithm = 'EdDSA' | 'ES256';

/** The bytes of a secret: as many as the hash has, at least (RFC 7518 §3.2). */
export const SECRET_BYTES = { HS256: 32, HS384: 48, HS512: 64 } as const satisfies Record<
  HmacAlgorithm,
  number
>;

/** What the header of a JWE says: the key is used directly (RFC 7518 §4.5), for AES-256-GCM. */
export const JWE_ALGORITHM = 'dir';
export const JWE_ENCRYPTION = 'A256GCM';
export const JWE_KEY_BYTES = 32;

const JWS_ALGORITHMS: ReadonlySet<unknown> = new Set<JwsAlgorithm>([
  'HS256',
  'HS384',
  'HS512',
  'EdDSA',
  'ES256',
]);

export function isJwsAlgorithm(value: unknown): value is JwsAlgorithm {
  return JWS_ALGORITHMS.has(value);
}

export function isHmacAlgorithm(value: unknown): value is HmacAlgorithm {
  return typeof value === 'string' && Object.hasOwn(SECRET_BYTES, value);
}

/** The signatures that a JWS may have here. */
export type JwsAlgorithm = HmacAlgorithm | SignatureAlgorithm;

/** By a secret that whoever verifies has, too (RFC 7518 §3.2). */
export type HmacAlgorithm = 'HS256' | 'HS384' | 'HS512';

/** By a private key; others verify with the public one: Ed25519 (RFC 8037), ECDSA (RFC 7518 §3.4) and RSA. */
export type SignatureAlgorithm = 'EdDSA' | 'ES256' | 'ES384' | 'ES512' | RsaAlgorithm;

/** By RSA with SHA-256: PKCS #1 v1.5 (RFC 7518 §3.3) or PSS (§3.5). A key is for one of them. */
export type RsaAlgorithm = 'RS256' | 'PS256';

/** The bytes of a secret: at least as many as the hash has (RFC 7518 §3.2). */
export const SECRET_BYTES: Readonly<Record<HmacAlgorithm, number>> = {
  HS256: 32,
  HS384: 48,
  HS512: 64,
};

/** What the header of a JWE says: the key is used directly (RFC 7518 §4.5), for AES-256-GCM. */
export const JWE_ALGORITHM = 'dir';
export const JWE_ENCRYPTION = 'A256GCM';
export const JWE_KEY_BYTES = 32;

export type SignatureAlgorithms = readonly [SignatureAlgorithm, ...SignatureAlgorithm[]];

/** What a key of this type signs by; of several, the first is the default. */
export const ALGORITHMS_BY_KEY_TYPE: ReadonlyMap<string, SignatureAlgorithms> = new Map([
  ['ed25519', ['EdDSA']],
  ['ec (prime256v1)', ['ES256']],
  ['ec (secp384r1)', ['ES384']],
  ['ec (secp521r1)', ['ES512']],
  ['rsa', ['RS256', 'PS256']],
]);

export const JWS_ALGORITHMS: readonly string[] = [
  ...Object.keys(SECRET_BYTES),
  ...[...ALGORITHMS_BY_KEY_TYPE.values()].flat(),
];

export function isJwsAlgorithm(value: unknown): value is JwsAlgorithm {
  return typeof value === 'string' && JWS_ALGORITHMS.includes(value);
}

export function isHmacAlgorithm(value: unknown): value is HmacAlgorithm {
  return typeof value === 'string' && Object.hasOwn(SECRET_BYTES, value);
}

/**
 * A public key as a JWK (RFC 7517): who has it can verify tokens, and make none. Ed25519 (RFC 8037), P-256, P-384 or
 * P-521, or RSA (RFC 7518, section 6).
 */
export type PublicJwk = { readonly kid: string; readonly alg: string; readonly use: 'sig' } & (
  | { readonly kty: 'OKP'; readonly crv: string; readonly x: string }
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
);

/** A JWK Set (RFC 7517, section 5) of public keys. */
export interface JwksDocument {
  readonly keys: PublicJwk[];
}

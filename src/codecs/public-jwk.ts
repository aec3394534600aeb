/** A public key as a JWK (RFC 7517): who has it can verify tokens, and make none. */
export interface PublicJwk {
  readonly kty: 'OKP' | 'EC';
  readonly crv: string;
  readonly x: string;
  /** Only of an elliptic curve in coordinates (`EC`). */
  readonly y?: string;
  readonly kid: string;
  readonly alg: string;
  readonly use: 'sig';
}

/** A JWK Set (RFC 7517, section 5) of public keys. */
export interface JwksDocument {
  readonly keys: PublicJwk[];
}

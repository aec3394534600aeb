/** What a public key as a JWK has whatever its type. */
interface NamedPublicJwk {
  readonly kid: string;
  readonly alg: string;
  readonly use: 'sig';
}

/** Ed25519 (RFC 8037). */
interface OkpPublicJwk extends NamedPublicJwk {
  readonly kty: 'OKP';
  readonly crv: string;
  readonly x: string;
}

/** P-256, P-384 or P-521 (RFC 7518, section 6.2). */
interface EcPublicJwk extends NamedPublicJwk {
  readonly kty: 'EC';
  readonly crv: string;
  readonly x: string;
  readonly y: string;
}

/** RSA (RFC 7518, section 6.3). */
interface RsaPublicJwk extends NamedPublicJwk {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
}

/** A public key as a JWK (RFC 7517): who has it can verify tokens, and make none. */
export type PublicJwk = OkpPublicJwk | EcPublicJwk | RsaPublicJwk;

/** A JWK Set (RFC 7517, section 5) of public keys. */
export interface JwksDocument {
  readonly keys: PublicJwk[];
}

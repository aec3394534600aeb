import { createHash, randomBytes } from 'node:crypto';

const ID_BYTES = 24;

/** The `jti` of a new token: 192 random bits, 32 characters. */
export function newJti(): string {
  return randomBytes(ID_BYTES).toString('base64url');
}

/**
 * What a store knows a token by: a hash of its `jti`, its issuer and the name of its key, so that nobody who signs
 * with another key can name the token of somebody else, of whatever format. Nothing goes in that can be written in
 * two ways, such as a signature: a token has only one id.
 */
export function idByJti(jti: string, issuer: string | null, kid: string): string {
  return hash('jti', kid, issuer, jti);
}

/** For logs, of a token that names no id. */
export function idByText(authenticated: string): string {
  return hash('token', authenticated);
}

/** A list in JSON is written in one way only, whatever is in its strings. */
function hash(...values: readonly (string | null)[]): string {
  const text = JSON.stringify(['nestjs-tempid jwt', ...values]);
  return createHash('sha256').update(text).digest().toString('base64url', 0, ID_BYTES);
}

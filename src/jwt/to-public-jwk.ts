import type { PublicJwk } from '../formats/public-jwk.js';
import type { JwtKey } from './jwt-key.js';

/** Names each member that is public, so that no other can get in. */
export function toPublicJwk({ kid, alg, reading }: JwtKey): PublicJwk {
  if (reading.type !== 'public') throw new Error('a key that is not public is not to be published');
  const { crv = '', x = '', y, n = '', e = '' } = reading.export({ format: 'jwk' });
  const named = { kid, alg, use: 'sig' } as const;
  if (reading.asymmetricKeyType === 'rsa') return { kty: 'RSA', n, e, ...named };
  return y === undefined ? { kty: 'OKP', crv, x, ...named } : { kty: 'EC', crv, x, y, ...named };
}

import type { PublicJwk } from '../formats/public-jwk.js';
import type { RefreshableKeys } from '../keys/refreshable-source.js';
import type { KeyReport } from '../keys/key-report.js';
import type { UsableKey } from './jwt-key.js';

/** The keys of a format: derived from the module's secrets, or its own. */
export interface JwtKeys {
  /** @throws TempIDConfigurationError where there is none to make a token with */
  newest(): UsableKey & { readonly making: object };
  withKid(kid: string): UsableKey | undefined;
  report(): KeyReport[];
  publicKeys(): PublicJwk[];
  readonly changing: RefreshableKeys | undefined;
}

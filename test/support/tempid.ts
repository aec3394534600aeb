import type { DecodedToken } from '../../src/token/decoded-token.js';
import { TempID } from '../../src/token/tempid.js';

/** The TempID that a service would make of a decoded token. */
export function tempidOf<T>(token: DecodedToken): TempID<T> {
  return new TempID<T>({ token, authority: {}, isVerified: true });
}

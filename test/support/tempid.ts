import type { DecodedToken } from '../../src/formats/codec.js';
import { TempID } from '../../src/token/tempid.js';

/** The TempID that a service would make of a decoded token. */
export function tempidOf<T>(token: DecodedToken): TempID<T> {
  return new TempID<T>({ token, authority: {}, isVerified: true });
}

import type { Keyring } from '../keyring/keyring.js';
import type { TempIDCodec, TempIDFormat } from './codec.js';
import { V2Codec } from './v2.codec.js';
import { V3Codec } from './v3.codec.js';

/** Every wire format, by its name. */
export const CODECS: Readonly<Record<TempIDFormat, new (keyring: Keyring) => TempIDCodec>> = {
  v3: V3Codec,
  v2: V2Codec,
};

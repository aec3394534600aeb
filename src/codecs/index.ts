import type { Keyring } from '../keyring/keyring.js';
import type { TempIDCodec } from './codec.js';
import { V2Codec } from './v2.codec.js';
import { V3Codec } from './v3.codec.js';

/** Every wire format, by its name. */
const CODECS = {
  v3: V3Codec,
  v2: V2Codec,
} as const satisfies Record<string, new (keyring: Keyring) => TempIDCodec>;

/** The wire formats of the tokens that this module writes and reads. */
export type TempIDFormat = keyof typeof CODECS;

export const FORMATS: readonly string[] = Object.keys(CODECS);

/** The codec of every format, with the keys of a keyring. */
export function createCodecs(keyring: Keyring): Readonly<Record<TempIDFormat, TempIDCodec>> {
  const entries = Object.entries(CODECS).map(([format, Codec]) => [format, new Codec(keyring)]);
  return Object.fromEntries(entries) as Record<TempIDFormat, TempIDCodec>;
}

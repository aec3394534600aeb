import type { Keyring } from '../keyring/keyring.js';
import type { TempIDCodec, TempIDReader } from './codec.js';
import { V1Codec } from './v1.codec.js';
import { V2Codec } from './v2.codec.js';
import { V3Codec } from './v3.codec.js';

/** Every wire format, by its name. */
const CODECS = {
  v3: V3Codec,
  v2: V2Codec,
  v1: V1Codec,
} as const satisfies Record<string, new (keyring: Keyring) => TempIDReader>;

/** The codec of every format. */
export type Codecs = { readonly [F in keyof typeof CODECS]: InstanceType<(typeof CODECS)[F]> };

/** The wire formats of the tokens that this module reads. */
export type TempIDFormat = keyof Codecs;

/** Those that it writes as well. */
export type TempIDMintFormat = {
  [F in TempIDFormat]: Codecs[F] extends TempIDCodec ? F : never;
}[TempIDFormat];

export const FORMATS: readonly string[] = Object.keys(CODECS);

export const MINT_FORMATS: readonly string[] = Object.entries(CODECS)
  .filter(([, Codec]) => 'encode' in Codec.prototype)
  .map(([format]) => format);

/** The codec of every format, with the keys of a keyring. */
export function createCodecs(keyring: Keyring): Codecs {
  const entries = Object.entries(CODECS).map(([format, Codec]) => [format, new Codec(keyring)]);
  return Object.fromEntries(entries) as Codecs;
}

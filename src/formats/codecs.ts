import type { RefreshableKeys } from '../keys/refreshable-source.js';
import type { KeyReport } from '../keys/rotating-key.js';
import type { Keyring } from '../keys/keyring.js';
import type { FormatKeys, TempIDCodec, TempIDReader, TempIDWireFormat } from './codec.js';
import { trimToken } from '../token/token-ends.js';
import type { UnverifiedTempID } from '../token/unverified-tempid.js';
import type { PublicJwk } from './public-jwk.js';
import { type LookUp, ShortCodec } from './short.codec.js';
import { V1Codec } from './v1.codec.js';
import { V2Codec } from './v2.codec.js';
import { V3Codec } from './v3.codec.js';

/** The wire formats of this entry, by their names. */
const CODECS = {
  v3: V3Codec,
  short: ShortCodec,
  v2: V2Codec,
  v1: V1Codec,
} as const;

type BuiltIn = { readonly [F in keyof typeof CODECS]: InstanceType<(typeof CODECS)[F]> };

/** The wire formats of the tokens that this module reads. */
export type TempIDFormat = keyof BuiltIn | TempIDWireFormat['name'];

/** Those that it writes as well. */
export type TempIDMintFormat =
  | { [F in keyof BuiltIn]: BuiltIn[F] extends TempIDCodec ? F : never }[keyof BuiltIn]
  | TempIDWireFormat['name'];

const FORMATS: readonly string[] = Object.keys(CODECS);

const MINT_FORMATS: readonly string[] = Object.entries(CODECS)
  .filter(([, Codec]) => 'encode' in Codec.prototype)
  .map(([format]) => format);

/** The formats that are read, or those that are minted, with the further ones that the module has. */
export function formatNames(
  which: 'read' | 'minted',
  further: readonly TempIDWireFormat[],
): readonly string[] {
  const builtIn = which === 'read' ? FORMATS : MINT_FORMATS;
  return [...builtIn, ...further.map(({ name }) => name)];
}

/** The codecs of every format, with the keys of a keyring. */
export class Codecs {
  private readonly byName = new Map<string, TempIDReader | TempIDCodec>();

  /** That of tokens which are kept, and can be sealed anew. */
  readonly short: ShortCodec;

  /** @param lookUp asks for what is kept of a short token */
  constructor(keyring: Keyring, further: readonly TempIDWireFormat[], lookUp: LookUp) {
    this.short = new ShortCodec(keyring, lookUp);
    const builtIn: BuiltIn = {
      v3: new V3Codec(keyring),
      short: this.short,
      v2: new V2Codec(keyring),
      v1: new V1Codec(keyring),
    };
    for (const [name, codec] of Object.entries(builtIn)) this.byName.set(name, codec);
    for (const format of further) this.byName.set(format.name, format.createCodec(keyring));
  }

  /**
   * As the constructor, and asks the providers of keys.
   *
   * @throws TempIDConfigurationError where one fails
   */
  static async start(...given: ConstructorParameters<typeof Codecs>): Promise<Codecs> {
    const codecs = new Codecs(...given);
    await loadAll(codecs.refreshableKeys());
    return codecs;
  }

  /** @throws Error for a format that the options should have refused */
  reader(format: TempIDFormat): TempIDReader {
    const codec = this.byName.get(format);
    if (codec) return codec;
    throw new Error(`there is no format ${format}`);
  }

  /** @throws Error for a format that the options should have refused */
  writer(format: TempIDMintFormat): TempIDCodec {
    const codec = this.byName.get(format);
    if (codec && 'encode' in codec) return codec;
    throw new Error(`there is no format ${format} to mint`);
  }

  /** What a string says without its key, by the first format that it is of. */
  readUnverified(value: unknown): UnverifiedTempID | null {
    if (typeof value !== 'string') return null;
    const token = trimToken(value);
    for (const codec of this.byName.values()) {
      const said = codec.readUnverified?.(token);
      if (said) return said;
    }
    return null;
  }

  /** What the keys do that are not derived from the secrets. */
  report(): KeyReport[] {
    return this.ownKeys.flatMap((keys) => keys.report());
  }

  /** The public keys of all formats that have some. */
  publicKeys(): PublicJwk[] {
    return this.ownKeys.flatMap((keys) => keys.publicKeys());
  }

  /** The keys of formats that a provider gives. */
  refreshableKeys(): RefreshableKeys[] {
    return this.ownKeys.flatMap(({ refreshable }) => refreshable ?? []);
  }

  private get ownKeys(): readonly FormatKeys[] {
    return [...this.byName.values()].flatMap(({ ownKeys }) => ownKeys ?? []);
  }
}

/** Where one provider fails, the signals of the others are aborted, since nobody waits for them any more. */
async function loadAll(sets: readonly RefreshableKeys[]): Promise<void> {
  const abort = new AbortController();
  try {
    const loaded = await Promise.all(sets.map((keys) => keys.load(abort)));
    for (const apply of loaded) apply();
  } catch (error) {
    abort.abort();
    throw error;
  }
}

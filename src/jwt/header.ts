import {
  TempIDConfigurationError,
  TempIDFormatError,
  TempIDPayloadError,
} from '../common/errors.js';
import { type OptionRules, parseText } from '../common/options.js';
import { Refusal } from '../common/refusal.js';
import type { JsonObject } from '../token/claims.js';
import { toPayload } from '../token/payload.js';
import type { Envelope } from './envelope.js';
import { parseJsonObject } from './json-object.js';

const DEFAULT_TYPE = 'JWT';
const MAX_TYPE_LENGTH = 64;
/** With a kid of 128 characters and a typ of 64, a header stays under the 1,024 characters that are read. */
const MAX_HEADER_BYTES = 384;

/** Members that the format itself sets. */
const OWN_MEMBERS = ['alg', 'enc', 'kid', 'typ'];

/** Members that change how a token is read, or name a key to be trusted or fetched. */
const REFUSED_MEMBERS = 'crit b64 zip cty jku jwk x5u x5c p2c p2s epk apu apv'.split(' ');

export const MALFORMED_HEADER = new Refusal(
  TempIDFormatError,
  'The header of the token is malformed.',
);
const NO_KID = new Refusal(TempIDFormatError, `The header of the token has no 'kid'.`);
const OTHER_TYPE = new Refusal(TempIDFormatError, `The 'typ' of the token is another.`);
export const OTHER_ALGORITHM = new Refusal(
  TempIDFormatError,
  'The algorithm of the token is not supported here, or is not that of its key.',
);

/** What `jws` and `jwe` take for the header of a token. */
export interface HeaderOptions {
  /**
   * The type of the tokens, such as 'invite+jwt': minted, and asked of every token (RFC 8725 §3.11). Without it
   * 'JWT' is minted, and a token may have none.
   */
  typ?: string;
  /** Further members of the header, as JSON: minted as they are, readable by anybody, and checked by nobody. */
  header?: JsonObject;
}

/** How these options of `jws` and `jwe` are read. */
export function headerRules(format: 'jws' | 'jwe') {
  return {
    typ: { parse: (typ) => parseType(typ, format) },
    header: { parse: (header) => parseHeader(header, format) },
  } as const satisfies OptionRules<HeaderOptions>;
}

/** Writes and reads the header of the tokens of a format. */
export class HeaderFormat {
  /** @param defaultKid the key of a token that names none; without, such a token is refused */
  constructor(
    private readonly options: HeaderOptions,
    private readonly defaultKid?: string,
  ) {}

  /** All members but those that name algorithms. */
  of(kid: string): JsonObject {
    const { typ = DEFAULT_TYPE, header } = this.options;
    return { kid, typ, ...header };
  }

  /**
   * What names the key of a token and its algorithm. Refuses a header before anything of the token is decrypted or
   * compared, or a key is looked for.
   *
   * @param encoded canonical base64url, of which nothing is authentic yet
   */
  read(encoded: string, envelope: Envelope): { alg: string; kid: string } | Refusal {
    const header = parseJsonObject(Buffer.from(encoded, 'base64url'));
    const alg = header?.get('alg');
    if (!header || typeof alg !== 'string') return MALFORMED_HEADER;
    if (!envelope.supports(alg, header.get('enc'))) return OTHER_ALGORITHM;
    const refused = REFUSED_MEMBERS.find((name) => header.has(name));
    if (refused !== undefined) {
      const reason = `The header of the token has '${refused}', which is refused here.`;
      return new Refusal(TempIDFormatError, reason);
    }
    if (!this.isTypeRight(header.get('typ'))) return OTHER_TYPE;
    const kid = header.has('kid') ? header.get('kid') : this.defaultKid;
    if (kid === undefined) return NO_KID;
    return typeof kid === 'string' ? { alg, kid } : MALFORMED_HEADER;
  }

  private isTypeRight(typ: unknown): boolean {
    if (typ === undefined) return this.options.typ === undefined;
    const expected = this.options.typ ?? DEFAULT_TYPE;
    return typeof typ === 'string' && normalizeType(typ) === normalizeType(expected);
  }
}

/** A media type is compared in any case, and `application/` may be left out (RFC 7515 §4.1.9). */
function normalizeType(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, '');
}

function parseType(typ: unknown, format: string): string {
  const text = parseText(typ, `typ' of '${format}`);
  if (text.length <= MAX_TYPE_LENGTH && /^[\w.+/-]+$/.test(text)) return text;
  throw new TempIDConfigurationError(
    `'typ' of ${format} must be a media type of at most ${MAX_TYPE_LENGTH} characters, such as 'invite+jwt'.`,
  );
}

function parseHeader(header: unknown, format: string): JsonObject {
  const members = toJsonObject(header, format);
  for (const name of Object.keys(members)) {
    if (![...OWN_MEMBERS, ...REFUSED_MEMBERS].includes(name)) continue;
    throw new TempIDConfigurationError(
      `'header' of ${format} must not name '${name}', which the format sets or refuses.`,
    );
  }
  return members;
}

function toJsonObject(header: unknown, format: string): JsonObject {
  try {
    return toPayload(header, MAX_HEADER_BYTES);
  } catch (error) {
    const reason = error instanceof TempIDPayloadError ? 'has what JSON has not' : 'is too long';
    throw new TempIDConfigurationError(
      `'header' of ${format} ${reason}: give an object of at most ${MAX_HEADER_BYTES} bytes of JSON.`,
    );
  }
}

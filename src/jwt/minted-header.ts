import type { JsonObject } from '../token/claims.js';
import { TempIDConfigurationError, TempIDPayloadError } from '../common/errors.js';
import { parseText } from '../common/validation.js';
import { toPayload } from '../token/payload.js';
import { JWE_ALGORITHM, JWE_ENCRYPTION } from './algorithms.js';
import { type HeaderRules, type JwtHeader, normalizeType, RESERVED_MEMBERS } from './header.js';
import type { UsableKey } from './jwt-key.js';

const STANDARD_TYPE = 'JWT';
const LONGEST_TYPE = 64;
/** With a kid of 128 characters and a typ of 64, a header stays under the 1,024 characters that are read. */
const MAX_BYTES = 384;

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

export const HEADER_OPTIONS = ['typ', 'header'] as const satisfies readonly (keyof HeaderOptions)[];

/** The header of the tokens of a format. */
export class MintedHeader {
  private readonly typ: string;
  private readonly isTypNamed: boolean;
  private readonly further: JsonObject;

  /** @throws {@link TempIDConfigurationError} for an option that is wrong */
  constructor({ typ, header }: HeaderOptions, format: 'jws' | 'jwe') {
    this.typ = parseType(typ ?? STANDARD_TYPE, format);
    this.isTypNamed = typ !== undefined;
    this.further = parseHeader(header ?? {}, format);
  }

  of({ alg, kid }: UsableKey): JwtHeader {
    const enc = alg === JWE_ALGORITHM ? { enc: JWE_ENCRYPTION } : {};
    return { alg, ...enc, kid, typ: this.typ, ...this.further };
  }

  rules(isSupported: HeaderRules['isSupported']): HeaderRules {
    return { isSupported, typ: normalizeType(this.typ), isTypRequired: this.isTypNamed };
  }
}

function parseType(typ: unknown, format: string): string {
  const text = parseText(typ, `typ' of '${format}`);
  if (text.length <= LONGEST_TYPE && /^[\w.+/-]+$/.test(text)) return text;
  throw new TempIDConfigurationError(
    `'typ' of ${format} must be a media type of at most ${LONGEST_TYPE} characters, such as 'invite+jwt'.`,
  );
}

function parseHeader(header: unknown, format: string): JsonObject {
  const further = toJson(header, format);
  for (const name of Object.keys(further)) {
    if (!RESERVED_MEMBERS.has(name)) continue;
    throw new TempIDConfigurationError(
      `'header' of ${format} must not name '${name}', which the format sets or refuses.`,
    );
  }
  return further;
}

function toJson(header: unknown, format: string): JsonObject {
  try {
    return toPayload(header, MAX_BYTES);
  } catch (error) {
    const reason = error instanceof TempIDPayloadError ? 'has what JSON has not' : 'is too long';
    throw new TempIDConfigurationError(
      `'header' of ${format} ${reason}: give an object of at most ${MAX_BYTES} bytes of JSON.`,
    );
  }
}

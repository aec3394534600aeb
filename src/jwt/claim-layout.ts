import type { JsonObject } from '../token/claims.js';
import { TempIDPayloadError, TempIDTokenPayloadError } from '../common/errors.js';
import { freezeJsonObject, isTooDeep } from '../token/payload.js';
import { Refusal } from '../common/refusal.js';
import type { ClaimsSet } from './claim-reader.js';

/** Where the payload of a token stands among its claims. */
export interface ClaimLayout {
  /**
   * The claims that the payload is.
   *
   * @throws TempIDPayloadError where it cannot be that
   */
  write(payload: JsonObject | null): JsonObject;
  /** The payload, frozen. */
  read(set: ClaimsSet): JsonObject | null | Refusal;
}

/** What a token says beside its payload: RFC 7519 §4.1, and ours. */
const OWN_CLAIMS: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'iat_frac_ms',
  'jti',
  'pur',
  'max_uses',
  'bnd',
]);

/** Minted at the top level, one would refuse the token, and the other would be its payload in the other layout. */
const REFUSED_CLAIMS: ReadonlySet<string> = new Set(['cnf', 'ext']);

const NO_OBJECT = new Refusal(TempIDTokenPayloadError, `The 'ext' of the token is no JSON object.`);
const TOO_DEEP = new Refusal(
  TempIDTokenPayloadError,
  `The payload of the token is nested too deep.`,
);

/** The payload is the claim `ext`. */
const EXT: ClaimLayout = {
  write: (ext) => (ext === null ? {} : { ext }),

  read(set) {
    if (!Object.hasOwn(set, 'ext')) return null;
    return isTooDeep(set['ext']) ? TOO_DEEP : (freezeJsonObject(set['ext']) ?? NO_OBJECT);
  },
};

/** Each property of the payload is a claim. A token without any has an empty payload: none cannot be told from it. */
const TOP_LEVEL: ClaimLayout = {
  write(payload) {
    for (const name of Object.keys(payload ?? {})) {
      if (!OWN_CLAIMS.has(name) && !REFUSED_CLAIMS.has(name)) continue;
      throw new TempIDPayloadError(
        `A payload at the top level of a JWT must not have the property '${name}', which is a claim of its own.`,
      );
    }
    return payload ?? {};
  },

  read(set) {
    // Not by assignment, which `__proto__` would make something else of.
    const rest = Object.fromEntries(Object.entries(set).filter(([name]) => !OWN_CLAIMS.has(name)));
    return isTooDeep(rest) ? TOO_DEEP : freezeJsonObject(rest);
  },
};

export const CLAIM_LAYOUTS = { ext: EXT, 'top-level': TOP_LEVEL } as const;

import { TempIDPayloadError, TempIDTokenPayloadError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import type { JsonObject } from '../token/claims.js';
import { freezeJsonObject, isTooDeep } from '../token/payload.js';

/** The claims of a token, as JSON has them. */
export type ClaimsSet = ReadonlyMap<string, unknown>;

/** Where the payload of a token stands among its claims. */
export interface ClaimLayout {
  /**
   * The claims that the payload becomes.
   *
   * @throws TempIDPayloadError where it cannot become any
   */
  write(payload: JsonObject | null): JsonObject;
  /** The payload, frozen. */
  read(set: ClaimsSet): JsonObject | null | Refusal;
}

/** What a token says beside its payload: RFC 7519 §4.1, and ours. */
const OWN_CLAIMS: ReadonlySet<string> = new Set(
  'iss sub aud exp nbf iat iat_frac_ms jti pur max_uses bnd'.split(' '),
);

/** At the top level `cnf` would refuse the token, and `ext` would be its payload in the other layout. */
const REFUSED_CLAIMS: ReadonlySet<string> = new Set(['cnf', 'ext']);

const NO_OBJECT = new Refusal(TempIDTokenPayloadError, `The 'ext' of the token is no JSON object.`);
const TOO_DEEP = new Refusal(
  TempIDTokenPayloadError,
  `The payload of the token is nested too deep.`,
);

export const CLAIM_LAYOUTS = {
  /** The payload is the claim `ext`. */
  ext: {
    write: (ext) => (ext === null ? {} : { ext }),

    read(set) {
      const ext = set.get('ext');
      if (ext === undefined) return null;
      return isTooDeep(ext) ? TOO_DEEP : (freezeJsonObject(ext) ?? NO_OBJECT);
    },
  },

  /** Each property of the payload is a claim. Read, a payload without properties and none are the same: an empty one. */
  'top-level': {
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
      // Not by assignment: a claim `__proto__` would change the prototype.
      const rest = Object.fromEntries([...set].filter(([name]) => !OWN_CLAIMS.has(name)));
      return isTooDeep(rest) ? TOO_DEEP : freezeJsonObject(rest);
    },
  },
} as const satisfies Record<string, ClaimLayout>;

import { isUtf8 } from 'node:buffer';
import { TempIDFormatError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';

/** The header of a token, of which nothing is authentic yet. */
export type JwtHeader = Readonly<Record<string, unknown>>;

/** Members that this module sets itself, or that change how a token is read: a header of the user's own has none of them. */
const OWN_MEMBERS = ['alg', 'enc', 'kid', 'typ'] as const;

/**
 * Members that ask to be read another way, or to trust or fetch a key that the token names. Some of them only
 * mean something to algorithms that are not used here.
 */
const REFUSED_MEMBERS = [
  'crit',
  'b64',
  'zip',
  'cty',
  'jku',
  'jwk',
  'x5u',
  'x5c',
  'p2c',
  'p2s',
  'epk',
  'apu',
  'apv',
] as const;

export const RESERVED_MEMBERS: ReadonlySet<string> = new Set([...OWN_MEMBERS, ...REFUSED_MEMBERS]);

const REFUSALS = REFUSED_MEMBERS.map(
  (name) =>
    [
      name,
      new Refusal(
        TempIDFormatError,
        `The header of the token has '${name}', which is refused here.`,
      ),
    ] as const,
);
const MALFORMED = new Refusal(TempIDFormatError, 'The header of the token is malformed.');
const NO_KID = new Refusal(TempIDFormatError, `The header of the token has no 'kid'.`);
const OTHER_TYPE = new Refusal(TempIDFormatError, `The 'typ' of the token is another.`);
export const OTHER_ALGORITHM = new Refusal(
  TempIDFormatError,
  'The algorithm of the token is not supported here, or is not that of its key.',
);

/** What the header of a token says, in canonical base64url. */
export function readHeader(encoded: string): JwtHeader | Refusal {
  const bytes = Buffer.from(encoded, 'base64url');
  if (!isUtf8(bytes)) return MALFORMED;
  try {
    const header: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof header !== 'object' || header === null || Array.isArray(header)) return MALFORMED;
    return header as JwtHeader;
  } catch {
    return MALFORMED;
  }
}

/** What a format asks of a header. */
export interface HeaderRules {
  isSupported(header: JwtHeader): boolean;
  /** Lower case, without `application/`. */
  readonly typ: string;
  readonly isTypRequired: boolean;
  /** The key of a token that names none; undefined: such a token is refused. */
  readonly defaultKid?: string | undefined;
}

/** Refuses a header before anything of the token is decrypted or compared, or a key is looked for. */
export function refuseHeader(header: JwtHeader, rules: HeaderRules): Refusal | null {
  if (typeof own(header, 'alg') !== 'string') return MALFORMED;
  if (!rules.isSupported(header)) return OTHER_ALGORITHM;
  for (const [name, refusal] of REFUSALS) if (Object.hasOwn(header, name)) return refusal;
  const typ = own(header, 'typ');
  if (typ === undefined ? rules.isTypRequired : !isType(typ, rules.typ)) return OTHER_TYPE;
  const kid = kidOf(header, rules);
  if (kid === undefined) return NO_KID;
  return typeof kid === 'string' ? null : MALFORMED;
}

/** The name of the key, as the header says it: nothing but its absence is replaced. */
export function kidOf(header: JwtHeader, { defaultKid }: HeaderRules): unknown {
  const kid = own(header, 'kid');
  return kid === undefined ? defaultKid : kid;
}

/** A member of the header itself, never one that every object has. */
export function own(header: JwtHeader, name: string): unknown {
  return Object.hasOwn(header, name) ? header[name] : undefined;
}

function isType(typ: unknown, expected: string): boolean {
  return typeof typ === 'string' && normalizeType(typ) === expected;
}

/** A media type is compared in any case, and `application/` may be left out (RFC 7515 §4.1.9). */
export function normalizeType(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, '');
}

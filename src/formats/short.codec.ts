import { hash, randomBytes, randomInt } from 'node:crypto';
import { TempIDTamperedError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import type { Keyring } from '../keys/keyring.js';
import { type Claims, withIssueTimeAsCarried } from '../token/claims.js';
import type { DecodedToken, SealedToken } from '../token/decoded-token.js';
import { endsInLetterOrDigit, MAX_DRAWS } from '../token/token-ends.js';
import { toUnverified, type UnverifiedTempID } from '../token/unverified-tempid.js';
import type { TempIDCodec } from './codec.js';
import { SealedClaims } from './sealed-claims.js';
import { encodeClaims } from './v3-claims.js';
import { NONCE_LENGTH } from './xaes-256-gcm.js';

const PREFIX = 'tid_';
const LENGTH = 22;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SHAPE = new RegExp(`^${PREFIX}[0-9A-Za-z]{${LENGTH}}$`);
const ID_LENGTH = 32;

/** One answer to all, so that it tells nothing of what is kept. */
const UNKNOWN = new Refusal(
  TempIDTamperedError,
  'Nothing is kept of the token, or what is kept was changed or sealed with a secret that is not configured here.',
);

/** The claims by which a ledger lists a token. */
const LISTED = [
  'purpose',
  'subject',
  'audience',
  'issuedAt',
  'notBefore',
  'expiresAt',
  'maxUses',
] as const satisfies readonly (keyof Claims)[];

/** What a ledger keeps of a short token: its claims sealed, and some of them for its lists. */
export type KeptToken = Pick<Claims, (typeof LISTED)[number]> & {
  readonly format: string;
  readonly sealed: string | null;
};

/**
 * Asks the ledger by the id of a token.
 *
 * @param options `manager`: the transaction of the application in which it is asked
 * @throws TempIDStoreUnavailableError where it cannot answer
 */
export type LookUp = (
  id: string,
  options?: { readonly manager?: object },
) => Promise<KeptToken | null>;

/**
 * `tid_` and 22 random characters of base62. What such a token means is kept under a hash of it, sealed as V3 seals
 * its claims, with the id as additional data (docs/token-formats.md). The hash is also why the time that a look-up
 * takes tells nothing: whoever tries tokens does not choose which ids are compared.
 *
 * The key depends on the secret alone, not on the token: {@link seal} must do without the token.
 */
export class ShortCodec implements TempIDCodec {
  private readonly claims: SealedClaims;

  constructor(
    private readonly keyring: Keyring,
    private readonly lookUp: LookUp,
  ) {
    this.claims = new SealedClaims(keyring, 'tempid short encryption', PREFIX);
  }

  recognizes(value: string): boolean {
    return SHAPE.test(value);
  }

  encode(claims: Claims): DecodedToken {
    for (let draw = 1; ; draw++) {
      const value = PREFIX + randomCharacters();
      const id = idOf(value);
      if (!endsInLetterOrDigit(id) && draw < MAX_DRAWS) continue;
      return { value, ...this.seal(id, claims) };
    }
  }

  /** @throws TempIDStoreUnavailableError where the ledger cannot answer */
  async decode(
    value: string,
    options: { readonly manager?: object } = {},
  ): Promise<DecodedToken | Refusal> {
    const id = idOf(value);
    const kept = await this.lookUp(id, options);
    const opened = kept ? this.open(id, kept) : UNKNOWN;
    return opened instanceof Refusal ? opened : { value, ...opened };
  }

  readUnverified(value: string): UnverifiedTempID | null {
    return this.recognizes(value) ? toUnverified({ format: 'short' }) : null;
  }

  /** Seals the claims of a token with the newest secret. */
  seal(id: string, claims: Claims): SealedToken {
    const key = this.keyring.newest;
    const carried = withIssueTimeAsCarried(claims);
    const sealed = this.claims.seal(key, randomBytes(NONCE_LENGTH), encodeClaims(carried), id);
    return { id, isCountable: true, format: 'short', claims: carried, key, sealed };
  }

  /** What is kept under an id, unless another says so than who has a secret: what is listed is what is sealed. */
  open(id: string, kept: KeptToken): SealedToken | Refusal {
    const { sealed } = kept;
    const opened = typeof sealed === 'string' ? this.claims.open(sealed, id) : UNKNOWN;
    if (sealed === null || opened instanceof Refusal) return UNKNOWN;
    const { claims, key } = opened;
    const isListed = kept.format === 'short' && LISTED.every((name) => kept[name] === claims[name]);
    return isListed ? { id, isCountable: true, format: 'short', claims, key, sealed } : UNKNOWN;
  }
}

/** 131 bits. `randomInt` throws away what would favour some characters. */
function randomCharacters(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

function idOf(value: string): string {
  return hash('sha256', `nestjs-tempid short\0${value}`, 'base64url').slice(0, ID_LENGTH);
}

import { createHash, randomBytes } from 'node:crypto';
import { TempIDConfigurationError, TempIDTokenPayloadError } from '../common/errors.js';
import { parseText } from '../common/validation.js';
import { Refusal } from '../common/refusal.js';

const ID_BYTES = 24;

/** The ids of SQL stores are so long at most. */
const MAX_ID_LENGTH = 64;

/** That of a `jti` which is made here. */
const JTI_LENGTH = 32;
const MAX_PREFIX_LENGTH = MAX_ID_LENGTH - JTI_LENGTH;

/** Its colon keeps the ids apart from all others: those have none. */
const PREFIX = /^[\w.-][\w.:-]*:$/;

/** What stores put before the ids of other things than tokens. */
const OF_STORES = /^(?:answer|group):/;

/** The `jti` of a new token: 192 random bits, 32 characters. */
export function newJti(): string {
  return randomBytes(ID_BYTES).toString('base64url');
}

/** What a store knows the tokens of a format by. */
export interface TokenIds {
  /** Refuses a token whose `jti` can be no id. */
  refuse(jti: string): Refusal | null;
  ofJti(jti: string, issuer: string | null, kid: string): string;
  /** For logs, of a token that names no id. */
  ofText(authenticated: string): string;
}

/**
 * A hash of the format, the name of the key, the issuer and the `jti`, so that nobody who signs with another key
 * can name the token of somebody else, of whatever format. Nothing goes in that can be written in two ways, such
 * as a signature: a token has only one id.
 */
export function hashedIds(format: 'jws' | 'jwe'): TokenIds {
  return {
    refuse: () => null,
    ofJti: (jti, issuer, kid) => hash(format, 'jti', kid, issuer, jti),
    ofText: (authenticated) => hash(format, 'token', authenticated),
  };
}

/**
 * The `jti` itself behind a prefix, as another service keeps it that shares the store. Whoever signs with any key
 * of the format can name any of its tokens.
 *
 * @throws {@link TempIDConfigurationError} for a prefix that could make the id of something else
 */
export function prefixedIds(jtiPrefix: unknown): TokenIds {
  const prefix = parsePrefix(jtiPrefix);
  const longest = MAX_ID_LENGTH - prefix.length;
  const shape = new RegExp(`^[\\w.~-]{1,${longest}}$`);
  const refusal = new Refusal(
    TempIDTokenPayloadError,
    `The payload of the token is malformed: with 'jtiPrefix' its 'jti' has at most ${longest} of the ` +
      `characters A-Z, a-z, 0-9, '-', '_', '.' and '~'.`,
  );
  return {
    refuse: (jti) => (shape.test(jti) ? null : refusal),
    ofJti: (jti) => prefix + jti,
    ofText: hashedIds('jws').ofText,
  };
}

function parsePrefix(jtiPrefix: unknown): string {
  const prefix = parseText(jtiPrefix, 'jtiPrefix');
  const isRight = prefix.length <= MAX_PREFIX_LENGTH && PREFIX.test(prefix);
  if (isRight && !OF_STORES.test(prefix)) return prefix;
  throw new TempIDConfigurationError(
    `'jtiPrefix' of jws must be at most ${MAX_PREFIX_LENGTH} letters, digits, '.', '_', '-' and ':', end with ` +
      `':' and not begin with 'answer:' or 'group:', such as 'jti:'.`,
  );
}

/** A list in JSON is written in one way only, whatever is in its strings. */
function hash(format: string, ...values: readonly (string | null)[]): string {
  const text = JSON.stringify([`nestjs-tempid ${format}`, ...values]);
  return createHash('sha256').update(text).digest().toString('base64url', 0, ID_BYTES);
}

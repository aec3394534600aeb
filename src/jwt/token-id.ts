import { createHash, randomBytes } from 'node:crypto';
import { TempIDConfigurationError, TempIDTokenPayloadError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import { parseText } from '../common/options.js';

const ID_BYTES = 24;

/** The length of an id in SQL stores. */
const MAX_ID_LENGTH = 64;

/** The length of {@link newJti}. */
const JTI_LENGTH = 32;
const MAX_PREFIX_LENGTH = MAX_ID_LENGTH - JTI_LENGTH;

/** No other id has a colon, so these ids are none of others. */
const PREFIX = /^[\w.-][\w.:-]*:$/;

/** The prefix that stores give to other things than tokens. */
const OF_STORES = /^group:/;

/** The `jti` of a new token: 192 random bits, 32 characters. */
export function newJti(): string {
  return randomBytes(ID_BYTES).toString('base64url');
}

/** The ids of the tokens of a format, as a store has them. */
export interface TokenIds {
  /** Refuses a token whose `jti` cannot be part of an id. */
  refuse(jti: string): Refusal | null;
  ofJti(jti: string, issuer: string | null, kid: string): string;
  /** For logs, of a token without `jti`. */
  ofText(authenticated: string): string;
}

/**
 * A hash of the format, the name of the key, the issuer and the `jti`, so that whoever signs with one key cannot name
 * the token of another. Nothing goes in that can be written in two ways, such as a signature, so a token has one id.
 */
export function hashedIds(format: 'jws' | 'jwe'): TokenIds {
  return {
    refuse: () => null,
    ofJti: (jti, issuer, kid) => hash(format, 'jti', kid, issuer, jti),
    ofText: (authenticated) => hash(format, 'token', authenticated),
  };
}

/**
 * The `jti` itself behind a prefix, as another service has it that shares the store. Whoever signs with any key of the
 * format can name any of its tokens.
 */
export function prefixedIds(prefix: string): TokenIds {
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

/** @throws {@link TempIDConfigurationError} for a prefix that could make the id of something else */
export function parseJtiPrefix(jtiPrefix: unknown): string {
  const prefix = parseText(jtiPrefix, 'jtiPrefix');
  const isRight = prefix.length <= MAX_PREFIX_LENGTH && PREFIX.test(prefix);
  if (isRight && !OF_STORES.test(prefix)) return prefix;
  throw new TempIDConfigurationError(
    `'jtiPrefix' of jws must be at most ${MAX_PREFIX_LENGTH} letters, digits, '.', '_', '-' and ':', end with ` +
      `':' and not begin with 'group:', such as 'jti:'.`,
  );
}

/** A list in JSON is written in one way only, whatever is in its strings. */
function hash(format: string, ...values: readonly (string | null)[]): string {
  const text = JSON.stringify([`nestjs-tempid ${format}`, ...values]);
  return createHash('sha256').update(text).digest().toString('base64url', 0, ID_BYTES);
}

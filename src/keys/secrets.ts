import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { TempIDConfigurationError } from '../common/errors.js';
import { Secret, type Secrets } from './secret.js';

/**
 * A string may hold several secrets, separated by commas, as an environment variable does; the UTF-8 bytes of each
 * are the secret, white space at its ends included. A part of nothing but white space is none. Bytes are taken as they
 * are.
 */
type SecretMaterial = string | Uint8Array;

/** A secret that ends by itself. */
interface SecretEntry {
  secret: SecretMaterial;
  /** From this moment on the secret neither mints nor verifies: what it has minted is dead. */
  notAfter?: Date;
}

/** One secret or several, newest first. */
export type SecretOption = SecretMaterial | SecretEntry | readonly (SecretMaterial | SecretEntry)[];

const MINIMUM_BYTES = 32;
const HOW_TO_MAKE_ONE = `Make one with: node -e "console.log(require('node:crypto').randomBytes(32).toString('base64url'))"`;

/**
 * The secrets of a keyring: those configured, otherwise those of the environment's TEMPID_SECRET,
 * otherwise, and not in production, one random secret for this process.
 *
 * @throws {@link TempIDConfigurationError} where one is under 32 bytes, or none is there in production
 */
export function resolveSecrets(
  option: SecretOption | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): Secrets {
  const [first, ...rest] = toSecrets(option || environment['TEMPID_SECRET'] || '');
  if (first) return [first, ...rest];
  if (environment['NODE_ENV'] === 'production') {
    throw new TempIDConfigurationError(
      `There is no secret. Set TEMPID_SECRET, or give TempIDModule the option 'secret'. ${HOW_TO_MAKE_ONE}`,
    );
  }
  return [randomSecretOfThisProcess()];
}

/**
 * The secrets that are given, perhaps none.
 *
 * @throws {@link TempIDConfigurationError} where one is under 32 bytes, or something is no secret
 */
export function toSecrets(option: unknown): Secret[] {
  const items: readonly unknown[] = Array.isArray(option) ? option : [option];
  return items.flatMap(toEntries).map(({ bytes, notAfter, isPadded }, index) => {
    if (bytes.length >= MINIMUM_BYTES) {
      return new Secret(createSecretKey(bytes), notAfter, isPadded);
    }
    throw new TempIDConfigurationError(
      `Secret ${index + 1} has ${bytes.length} bytes; at least ${MINIMUM_BYTES} are needed ` +
        `(a comma in a string separates two secrets). ${HOW_TO_MAKE_ONE}`,
    );
  });
}

/** One secret as it is given. */
interface Entry {
  readonly bytes: Uint8Array;
  readonly notAfter: number;
  readonly isPadded: boolean;
}

function toEntries(item: unknown): readonly Entry[] {
  if (
    typeof item !== 'object' ||
    item === null ||
    item instanceof Uint8Array ||
    Array.isArray(item)
  ) {
    return splitMaterial(item, Infinity);
  }
  // The names are left out: whoever has mistaken the shape may have put a secret there.
  if (Object.keys(item).some((name) => name !== 'secret' && name !== 'notAfter')) {
    throw new TempIDConfigurationError(
      `An object in 'secret' must have 'secret', perhaps 'notAfter', and nothing else.`,
    );
  }
  const entry: { secret?: unknown; notAfter?: unknown } = item;
  return splitMaterial(entry.secret, parseNotAfter(entry));
}

function splitMaterial(material: unknown, notAfter: number): readonly Entry[] {
  if (material instanceof Uint8Array) return [{ bytes: material, notAfter, isPadded: false }];
  if (typeof material !== 'string') {
    throw new TempIDConfigurationError(
      `'secret' must be a string, a Buffer, { secret, notAfter }, a list of them, or a SecretProvider; ` +
        `got ${typeof material}.`,
    );
  }
  const parts = material.split(',').filter((part) => part.trim() !== '');
  return parts.map((part) => ({
    bytes: Buffer.from(part, 'utf8'),
    notAfter,
    isPadded: part !== part.trim(),
  }));
}

/** Unix milliseconds; Infinity for a key that does not end by itself. */
export function parseNotAfter(entry: { notAfter?: unknown }, of = 'a secret'): number {
  // Not `entry.notAfter === undefined`: a key that is meant to end would never do so.
  if (!('notAfter' in entry)) return Infinity;
  const { notAfter } = entry;
  const moment = notAfter instanceof Date ? notAfter.getTime() : Number.NaN;
  if (!Number.isNaN(moment)) return moment;
  throw new TempIDConfigurationError(`'notAfter' of ${of} must be a valid Date, or be left out.`);
}

/**
 * Warns that white space at the ends of a secret is a part of it, since that may not be meant.
 *
 * @param source where the secrets come from, for the message
 */
export function warnOfPadding(secrets: Secrets, source: string): void {
  if (!secrets.some(({ isPadded }) => isPadded)) return;
  new Logger('TempIDModule').warn(
    `${source} has a secret with white space at its ends, such as the end of the line in a file. It is a part of the ` +
      'secret, as it is for the Python package tempid. If it is not meant, take it away everywhere at once.',
  );
}

// One for all modules of the process, so that the tokens of one are good in another.
let randomKey: KeyObject | undefined;

function randomSecretOfThisProcess(): Secret {
  if (!randomKey) {
    randomKey = createSecretKey(randomBytes(MINIMUM_BYTES));
    new Logger('TempIDModule').warn(
      `There is no secret: a random one is used, and every token dies with this process. Set TEMPID_SECRET. ${HOW_TO_MAKE_ONE}`,
    );
  }
  return new Secret(randomKey);
}

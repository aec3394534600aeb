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
 * The secrets that were given, perhaps none.
 *
 * @throws {@link TempIDConfigurationError} where one is under 32 bytes, or something is no secret
 */
export function toSecrets(option: unknown): Secret[] {
  const items: readonly unknown[] = Array.isArray(option) ? option : [option];
  return items.flatMap(toEntries).map(toSecret);
}

interface Material {
  readonly bytes: Uint8Array;
  readonly isPadded: boolean;
}

interface Entry extends Material {
  readonly notAfter: number;
}

function toEntries(item: unknown): readonly Entry[] {
  if (!isEntry(item)) return partsOf(item).map((part) => ({ ...part, notAfter: Infinity }));
  // The names are not said: whoever has mistaken the shape may have put a secret there.
  if (Object.keys(item).some((name) => !ENTRY_NAMES.has(name))) {
    throw new TempIDConfigurationError(
      `An object in 'secret' must have 'secret', perhaps 'notAfter', and nothing else.`,
    );
  }
  const notAfter = parseNotAfter(item);
  return partsOf(item.secret).map((part) => ({ ...part, notAfter }));
}

const ENTRY_NAMES: ReadonlySet<string> = new Set<keyof SecretEntry>(['secret', 'notAfter']);

function isEntry(item: unknown): item is { secret?: unknown; notAfter?: unknown } {
  if (typeof item !== 'object' || item === null) return false;
  return !(item instanceof Uint8Array) && !Array.isArray(item);
}

function partsOf(material: unknown): readonly Material[] {
  if (material instanceof Uint8Array) return [{ bytes: material, isPadded: false }];
  if (typeof material === 'string') {
    return material
      .split(',')
      .filter((part) => part.trim() !== '')
      .map((part) => ({ bytes: Buffer.from(part, 'utf8'), isPadded: part !== part.trim() }));
  }
  throw new TempIDConfigurationError(
    `'secret' must be a string, a Buffer, { secret, notAfter }, a list of them, or a SecretProvider; ` +
      `got ${typeof material}.`,
  );
}

/** The moment, in Unix milliseconds, at which a key ends by itself. */
export function parseNotAfter(entry: { notAfter?: unknown }, of = 'a secret'): number {
  // One that is there and undefined would leave a key without the end that it was meant to have.
  if (!('notAfter' in entry)) return Infinity;
  const { notAfter } = entry;
  const moment = notAfter instanceof Date ? notAfter.getTime() : Number.NaN;
  if (!Number.isNaN(moment)) return moment;
  throw new TempIDConfigurationError(`'notAfter' of ${of} must be a valid Date, or be left out.`);
}

function toSecret({ bytes, notAfter, isPadded }: Entry, index: number): Secret {
  if (bytes.length < MINIMUM_BYTES) {
    throw new TempIDConfigurationError(
      `Secret ${index + 1} has ${bytes.length} bytes; at least ${MINIMUM_BYTES} are needed ` +
        `(a comma in a string separates two secrets). ${HOW_TO_MAKE_ONE}`,
    );
  }
  return new Secret(createSecretKey(bytes), notAfter, isPadded);
}

/**
 * Says that white space at the ends of a secret is a part of it, where that may not be meant.
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

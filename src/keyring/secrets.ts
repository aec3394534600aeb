import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { TempIDConfigurationError } from '../errors.js';

/**
 * One secret or several, newest first. A string may hold several, separated by commas, as an environment
 * variable does; its UTF-8 bytes are the secret. Bytes are taken as they are.
 */
export type SecretOption = string | Uint8Array | readonly (string | Uint8Array)[];

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
): readonly [KeyObject, ...KeyObject[]] {
  const configured = listSecrets(option || environment['TEMPID_SECRET'] || '');
  const [first, ...rest] = configured.map(toKey);
  if (first) return [first, ...rest];
  if (environment['NODE_ENV'] === 'production') {
    throw new TempIDConfigurationError(
      `There is no secret. Set TEMPID_SECRET, or give TempIDModule the option 'secret'. ${HOW_TO_MAKE_ONE}`,
    );
  }
  return [randomSecretOfThisProcess()];
}

function listSecrets(option: SecretOption): readonly Uint8Array[] {
  const items = typeof option === 'string' || option instanceof Uint8Array ? [option] : option;
  if (!Array.isArray(items)) {
    throw new TempIDConfigurationError(
      `'secret' must be a string, a Buffer or a list of them; got ${typeof option}.`,
    );
  }
  return items.flatMap((item: unknown) => {
    if (item instanceof Uint8Array) return [item];
    if (typeof item === 'string') {
      return item
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .map((part) => Buffer.from(part, 'utf8'));
    }
    throw new TempIDConfigurationError(
      `'secret' must be a string, a Buffer or a list of them; one of the list is ${typeof item}.`,
    );
  });
}

function toKey(secret: Uint8Array, index: number): KeyObject {
  if (secret.length < MINIMUM_BYTES) {
    throw new TempIDConfigurationError(
      `Secret ${index + 1} has ${secret.length} bytes; at least ${MINIMUM_BYTES} are needed ` +
        `(a comma in a string separates two secrets). ${HOW_TO_MAKE_ONE}`,
    );
  }
  return createSecretKey(secret);
}

let randomSecret: KeyObject | undefined;

function randomSecretOfThisProcess(): KeyObject {
  if (!randomSecret) {
    randomSecret = createSecretKey(randomBytes(MINIMUM_BYTES));
    new Logger('TempIDModule').warn(
      `There is no secret: a random one is used, and every token dies with this process. Set TEMPID_SECRET. ${HOW_TO_MAKE_ONE}`,
    );
  }
  return randomSecret;
}

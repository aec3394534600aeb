import { TempIDConfigurationError } from '../common/errors.js';
import type { PrivateKeyOption } from './key-options.js';
import { readJwsKeys } from './read-keys.js';

const ACTIVE = 'TOKEN_ACTIVE_KEY_ID';
const PREFIX = 'TOKEN_PRIVATE_KEY_';

/**
 * The keys of an environment, as tokenmint names them: `TOKEN_PRIVATE_KEY_<kid>` has a private key in PEM, its
 * ends of lines perhaps written as `\n`, and `TOKEN_ACTIVE_KEY_ID` says which one signs. The others verify.
 *
 * @throws TempIDConfigurationError for the first variable that is wrong, by its name
 * @example
 * jws({ keys: keysFromEnvironment() })
 */
export function keysFromEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
): PrivateKeyOption[] {
  const active = environment[ACTIVE]?.trim() ?? '';
  const keys = Object.entries(environment)
    .filter(([name, value]) => name.startsWith(PREFIX) && value?.trim())
    .map(([name, value = '']) => readVariable(name, value))
    .toSorted((one, other) => (one.kid < other.kid ? -1 : 1));
  if (active === '') {
    throw new TempIDConfigurationError(
      `${ACTIVE} is missing: it names the key that signs, whose private key ${PREFIX}<id> has in PEM. ` +
        `Or give jws the option 'keys'.`,
    );
  }
  const signing = keys.filter(({ kid }) => kid === active);
  if (signing.length > 0) return [...signing, ...keys.filter(({ kid }) => kid !== active)];
  throw new TempIDConfigurationError(
    `${ACTIVE} names a key that is not there: set ${PREFIX}<id> to its private key in PEM.`,
  );
}

function readVariable(name: string, value: string): PrivateKeyOption {
  const kid = name.slice(PREFIX.length);
  const key = { kid, privateKey: value.replaceAll(String.raw`\n`, '\n') };
  try {
    readJwsKeys([key], undefined);
    return key;
  } catch (error) {
    if (!(error instanceof TempIDConfigurationError)) throw error;
    throw new TempIDConfigurationError(`${name}: ${error.message}`);
  }
}

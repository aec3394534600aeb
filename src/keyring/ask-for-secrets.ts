import { isNativeError } from 'node:util/types';
import { TempIDConfigurationError, TempIDError } from '../errors.js';
import type { Secrets } from './secret.js';
import type { SecretProvider } from './secret-provider.js';
import { toSecrets } from './secrets.js';

const PATIENCE = 30_000;

/**
 * The secrets of a provider, validated.
 *
 * @param asking ends the wait where it is aborted
 * @throws {@link TempIDConfigurationError} whatever goes wrong
 */
export async function askForSecrets(
  provider: SecretProvider,
  asking = new AbortController(),
): Promise<Secrets> {
  const timer = setTimeout(() => asking.abort(), PATIENCE);
  const silence = new Promise<never>((_, reject) => {
    const giveUp = () =>
      reject(new TempIDConfigurationError(`it gave no answer for ${PATIENCE / 1_000} seconds`));
    asking.signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    const ask = async () => provider.getSecrets(asking.signal);
    const answer = await Promise.race([ask(), silence]);
    const [first, ...rest] = toSecrets(answer);
    if (first) return [first, ...rest];
    throw new TempIDConfigurationError('it gave no secret');
  } catch (error) {
    throw new TempIDConfigurationError(`The SecretProvider failed: ${kindOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What went wrong, in words that hold no secret: a message may quote one, as that of JSON.parse quotes what it
 * reads. Those of our own errors do not.
 */
function kindOf(error: unknown): string {
  if (error instanceof TempIDError) return error.message;
  if (!isNativeError(error)) return `it threw something of type ${typeof error}`;
  const { cause } = error;
  return isNativeError(cause) ? `${nameOf(error)} by ${nameOf(cause)}` : nameOf(error);
}

function nameOf({ name, code }: NodeJS.ErrnoException): string {
  return typeof code === 'string' ? `${name} (${code})` : name;
}

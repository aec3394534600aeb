import { isNativeError } from 'node:util/types';
import { TempIDConfigurationError, TempIDError } from '../common/errors.js';

const LOAD_TIMEOUT_MS = 30_000;

/**
 * What a provider of keys gives, validated.
 *
 * @param who the kind of provider, for the message
 * @param ask asks it, and validates what it gives
 * @param asking ends the wait where it is aborted
 * @throws {@link TempIDConfigurationError} whatever goes wrong
 */
export async function loadKeys<Keys>(
  who: string,
  ask: (signal: AbortSignal) => Promise<Keys>,
  asking: AbortController,
): Promise<Keys> {
  const timer = setTimeout(() => asking.abort(), LOAD_TIMEOUT_MS);
  const silence = new Promise<never>((_, reject) => {
    const giveUp = () =>
      reject(
        new TempIDConfigurationError(`it gave no answer for ${LOAD_TIMEOUT_MS / 1_000} seconds`),
      );
    asking.signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([ask(asking.signal), silence]);
  } catch (error) {
    throw new TempIDConfigurationError(`The ${who} failed: ${kindOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What went wrong, in words that hold no key: a message may quote one, as that of JSON.parse quotes what it
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

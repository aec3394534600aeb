import { isNativeError } from 'node:util/types';
import type { Duration } from '../common/duration.js';
import { TempIDConfigurationError, TempIDError } from '../common/errors.js';
import type { KeyReport } from './rotating-key.js';

const LOAD_TIMEOUT_MS = 30_000;

/** When a provider of keys is to be asked again. */
export interface RefreshableSource {
  /** How often to ask again, at most '24d'. Default: only when `onChange` says so. */
  readonly refreshInterval?: Duration | undefined;
  /**
   * Begins to listen for changes.
   *
   * @param changed to be called for every change; the provider is then asked again
   * @returns ends the listening; called when the application shuts down
   */
  onChange?(changed: () => void): () => void;
}

/** Keys in use, and the provider that they come from. */
export interface RefreshableKeys {
  /** For the log, such as 'secrets'. */
  readonly name: string;
  /** For messages, such as 'SecretProvider'. */
  readonly providerName: string;
  readonly provider: RefreshableSource;
  /**
   * Asks the provider.
   *
   * @param abort ends the wait
   * @returns puts the loaded keys to use, and says whether that changed anything
   * @throws TempIDConfigurationError whatever goes wrong
   */
  load(abort: AbortController): Promise<() => boolean>;
  report(): KeyReport[];
}

/**
 * The keys that a provider gives.
 *
 * @param load asks the provider, and validates its answer
 * @param abort ends the wait; aborted after 30 seconds
 * @throws {@link TempIDConfigurationError} whatever goes wrong
 */
export async function loadKeys<Keys>(
  providerName: string,
  load: (signal: AbortSignal) => Promise<Keys>,
  abort: AbortController,
): Promise<Keys> {
  const timer = setTimeout(() => abort.abort(), LOAD_TIMEOUT_MS);
  const aborted = new Promise<never>((_, reject) => {
    const seconds = LOAD_TIMEOUT_MS / 1_000;
    const error = new TempIDConfigurationError(`it gave no answer for ${seconds} seconds`);
    abort.signal.addEventListener('abort', () => reject(error), { once: true });
  });
  try {
    return await Promise.race([load(abort.signal), aborted]);
  } catch (error) {
    throw new TempIDConfigurationError(`The ${providerName} failed: ${describe(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Leaves out the messages of others, which may quote a key, as that of JSON.parse quotes what it reads. */
function describe(error: unknown): string {
  if (error instanceof TempIDError) return error.message;
  if (!isNativeError(error)) return `it threw something of type ${typeof error}`;
  const { cause } = error;
  return isNativeError(cause) ? `${nameOf(error)} by ${nameOf(cause)}` : nameOf(error);
}

function nameOf({ name, code }: NodeJS.ErrnoException): string {
  return typeof code === 'string' ? `${name} (${code})` : name;
}

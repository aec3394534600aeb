import { TempIDConfigurationError } from '../common/errors.js';
import { loadKeys } from './load-keys.js';
import type { Secrets } from './secret.js';
import type { SecretProvider } from './secret-provider.js';
import { toSecrets } from './secrets.js';

/**
 * The secrets of a provider, validated.
 *
 * @param asking ends the wait where it is aborted
 * @throws {@link TempIDConfigurationError} whatever goes wrong
 */
export function loadSecrets(
  provider: SecretProvider,
  asking = new AbortController(),
): Promise<Secrets> {
  const ask = async (signal: AbortSignal): Promise<Secrets> => {
    const [first, ...rest] = toSecrets(await provider.getSecrets(signal));
    if (first) return [first, ...rest];
    throw new TempIDConfigurationError('it gave no secret');
  };
  return loadKeys('SecretProvider', ask, asking);
}

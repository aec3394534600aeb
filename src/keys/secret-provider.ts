import { TempIDConfigurationError } from '../common/errors.js';
import type { Keyring } from './keyring.js';
import { loadKeys, type RefreshableKeys, type RefreshableSource } from './refreshable-source.js';
import type { Secrets } from './secret.js';
import { type SecretOption, toSecrets, warnOfPadding } from './secrets.js';

/**
 * Where secrets come from that may change while the application runs: a file, a KMS, a vault. The application asks it
 * at its start, which waits for the answer, again every `refreshInterval`, and whenever `onChange` says so.
 *
 * @example
 * class SecretFile implements SecretProvider {
 *   readonly refreshInterval = '10s';
 *
 *   async getSecrets(): Promise<SecretOption> {
 *     return (await readFile('/run/secrets/tempid', 'utf8')).split(/\r?\n/);
 *   }
 * }
 */
export interface SecretProvider extends RefreshableSource {
  /**
   * All secrets, newest first: they replace those before, all at once. Where it throws, or gives none, or one that is
   * too short, those before stay; at the start, the application does not start.
   *
   * @param signal is aborted after 30 seconds, and when the application shuts down
   */
  getSecrets(signal: AbortSignal): SecretOption | Promise<SecretOption>;
}

/** What can be given as `secret`, but for the class of a provider. */
export type SecretSource = SecretOption | SecretProvider;

export function isSecretProvider(source: unknown): source is SecretProvider {
  if (typeof source !== 'object' || source === null) return false;
  return typeof (source as Partial<SecretProvider>).getSecrets === 'function';
}

/**
 * The secrets of a provider, validated.
 *
 * @throws {@link TempIDConfigurationError} whatever goes wrong
 */
export function loadSecrets(
  provider: SecretProvider,
  abort = new AbortController(),
): Promise<Secrets> {
  const load = async (signal: AbortSignal): Promise<Secrets> => {
    const [first, ...rest] = toSecrets(await provider.getSecrets(signal));
    if (first) return [first, ...rest];
    throw new TempIDConfigurationError('it gave no secret');
  };
  return loadKeys('SecretProvider', load, abort);
}

export function refreshableSecrets(keyring: Keyring, provider: SecretProvider): RefreshableKeys {
  return {
    name: 'secrets',
    providerName: 'SecretProvider',
    provider,
    async load(abort) {
      const secrets = await loadSecrets(provider, abort);
      return () => {
        const isChanged = keyring.replace(secrets);
        if (isChanged) warnOfPadding(secrets, 'The SecretProvider');
        return isChanged;
      };
    },
    report: () => keyring.report(),
  };
}

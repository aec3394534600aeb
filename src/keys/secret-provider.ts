import type { RefreshableSource } from './refreshable-source.js';
import type { SecretOption } from './secrets.js';

/**
 * Where secrets come from that may change while the application runs: a file, a KMS, a vault. It is asked at
 * the start, which waits for it, and again every `refreshInterval` and whenever `onChange` says so.
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
   * All secrets, newest first: they take the place of those before, all at once. Where it throws, or gives
   * none, or one that is too short, those before stay; at the start, the application does not start.
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

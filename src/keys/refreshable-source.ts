import type { Duration } from '../common/duration.js';
import type { KeyReport } from './key-report.js';

/** When a provider of keys is to be asked again. */
export interface RefreshableSource {
  /** How often to ask again, at most '24d'. Default: only when `onChange` says so. */
  readonly refreshInterval?: Duration | undefined;
  /**
   * Begins to listen for a change.
   *
   * @param changed call it for every change; it has the keys asked for anew
   * @returns what ends the listening; called when the application shuts down
   */
  onChange?(changed: () => void): () => void;
}

/** Keys in use, and the provider that says what they are. */
export interface RefreshableKeys {
  /** What they are, for the log. */
  readonly what: string;
  /** What kind of provider it is, for messages. */
  readonly who: string;
  readonly provider: RefreshableSource;
  /**
   * Asks the provider.
   *
   * @returns what takes its answer, and says whether that changed anything
   * @throws TempIDConfigurationError whatever goes wrong
   */
  ask(asking: AbortController): Promise<() => boolean>;
  report(): KeyReport[];
}

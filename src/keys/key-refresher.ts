import { Logger } from '@nestjs/common';
import { type Duration, durationInSeconds } from '../common/duration.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { errorMessage } from '../common/error-message.js';
import type { RefreshableKeys } from './refreshable-source.js';

const MAX_INTERVAL: Duration = '24d';
const ROLES = { mints: 'mints', verifies: 'verifies', ended: 'has ended' } as const;

/** Asks the provider of keys again: every `refreshInterval`, and after each change that it tells of. */
export class KeyRefresher {
  private readonly logger = new Logger('TempIDModule');
  private readonly intervalMs: number | null;
  private starting: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;
  private abort: AbortController | undefined;
  private refreshing: Promise<void> | undefined;
  private isStale = false;
  private hasStopped = false;
  private lastLoad = Date.now();
  private failure: string | undefined;

  /** @throws {@link TempIDConfigurationError} for a wrong `refreshInterval` */
  constructor(private readonly keys: RefreshableKeys) {
    this.intervalMs = parseInterval(keys);
  }

  /**
   * Begins at the first call.
   *
   * @throws {@link TempIDConfigurationError} where nothing would end the listening
   */
  start(): Promise<void> {
    this.starting ??= this.begin();
    return this.starting;
  }

  private async begin(): Promise<void> {
    const { intervalMs } = this;
    if (this.keys.provider.onChange) this.stopListening = this.listen();
    if (intervalMs !== null) {
      this.timer = setInterval(() => void (this.refreshing ?? this.refresh()), intervalMs);
      this.timer.unref();
    }
    // A change before the listening began was missed; and a module that is loaded lazily may begin long after its
    // keys were loaded.
    const isOverdue = intervalMs !== null && Date.now() - this.lastLoad >= intervalMs;
    if (this.stopListening || isOverdue) await this.refresh();
  }

  stop(): void {
    this.hasStopped = true;
    clearInterval(this.timer);
    this.abort?.abort();
    this.stopListening?.();
  }

  private listen(): () => void {
    const { provider, providerName } = this.keys;
    const stop: unknown = provider.onChange?.(() => void this.refresh());
    if (typeof stop === 'function') return () => void stop();
    throw new TempIDConfigurationError(
      `'onChange' of the ${providerName} must return a function that ends the listening; ` +
        `it returned ${stop instanceof Promise ? 'a promise' : typeof stop}.`,
    );
  }

  /** One load at a time. A change meanwhile causes another one after it. */
  private refresh(): Promise<void> {
    this.isStale = true;
    this.refreshing ??= this.loadWhileStale();
    return this.refreshing;
  }

  private async loadWhileStale(): Promise<void> {
    try {
      while (this.isStale && !this.hasStopped) {
        this.isStale = false;
        await this.load();
      }
    } finally {
      this.refreshing = undefined;
    }
  }

  private async load(): Promise<void> {
    const { name } = this.keys;
    this.abort = new AbortController();
    try {
      const apply = await this.keys.load(this.abort);
      if (this.hasStopped) return;
      if (apply()) this.logger.log(`The ${name} have changed: ${this.roles()}.`);
      if (this.failure !== undefined) this.logger.log(`The ${name} can be refreshed again.`);
      this.failure = undefined;
      this.lastLoad = Date.now();
    } catch (error) {
      if (!this.hasStopped) this.logFailure(errorMessage(error));
    }
  }

  /** A failure that repeats is logged once. */
  private logFailure(failure: string): void {
    if (failure === this.failure) return;
    this.failure = failure;
    const since = new Date(this.lastLoad).toISOString();
    this.logger.error(
      `The ${this.keys.name} cannot be refreshed. Those of ${since} stay in use. ${failure}`,
    );
  }

  private roles(): string {
    const roles = this.keys.report().map(({ kid, role }) => `${kid} ${ROLES[role]}`);
    return roles.join(', ');
  }
}

function parseInterval({ provider, providerName }: RefreshableKeys): number | null {
  if (provider.refreshInterval === undefined) return null;
  const option = `'refreshInterval' of the ${providerName}`;
  const seconds = durationInSeconds(provider.refreshInterval, option);
  if (seconds >= 1 && seconds <= durationInSeconds(MAX_INTERVAL, option)) return seconds * 1_000;
  throw new TempIDConfigurationError(`${option} must be '1s' to '${MAX_INTERVAL}'.`);
}

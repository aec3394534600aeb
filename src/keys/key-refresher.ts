import { Logger } from '@nestjs/common';
import { type Duration, durationInSeconds } from '../common/duration.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { errorMessage } from '../common/error-message.js';
import type { RefreshableKeys } from './refreshable-source.js';

const LONGEST_INTERVAL: Duration = '24d';

/** Keeps keys as their provider says. */
export class KeyRefresher {
  private readonly logger = new Logger('TempIDModule');
  /** Seconds. */
  private readonly interval: number | null;
  private starting: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;
  private asking: AbortController | undefined;
  private running: Promise<void> | undefined;
  private hasChanged = false;
  private hasEnded = false;
  private lastAnswer = new Date();
  private failure: string | undefined;

  /** @throws {@link TempIDConfigurationError} for a wrong `refreshInterval` */
  constructor(private readonly keys: RefreshableKeys) {
    this.interval = parseInterval(keys);
  }

  /**
   * Begins once, however often it is called.
   *
   * @throws {@link TempIDConfigurationError} where nothing would end the listening
   */
  start(): Promise<void> {
    this.starting ??= this.begin();
    return this.starting;
  }

  private async begin(): Promise<void> {
    if (this.keys.provider.onChange) this.stopListening = this.listen();
    if (this.interval !== null) {
      const askAgain = () => void (this.running ?? this.refresh());
      this.timer = setInterval(askAgain, this.interval * 1_000);
      this.timer.unref();
    }
    // A change between the first answer and the listening was told to nobody; and a module that is loaded lazily
    // begins at its first use, which may come long after the first answer.
    if (this.stopListening || this.isOverdue) await this.refresh();
  }

  stop(): void {
    this.hasEnded = true;
    clearInterval(this.timer);
    this.asking?.abort();
    this.stopListening?.();
  }

  private get isOverdue(): boolean {
    const age = Date.now() - this.lastAnswer.getTime();
    return this.interval !== null && age >= this.interval * 1_000;
  }

  private listen(): () => void {
    const { provider, who } = this.keys;
    const stop: unknown = provider.onChange?.(() => void this.refresh());
    if (typeof stop === 'function') return () => void stop();
    throw new TempIDConfigurationError(
      `'onChange' of the ${who} must return a function that ends the listening; ` +
        `it returned ${stop instanceof Promise ? 'a promise' : typeof stop}.`,
    );
  }

  /** One question at a time; what changes meanwhile is asked for after it. */
  private refresh(): Promise<void> {
    this.hasChanged = true;
    this.running ??= this.run();
    return this.running;
  }

  private async run(): Promise<void> {
    try {
      while (this.hasChanged && !this.hasEnded) {
        this.hasChanged = false;
        await this.ask();
      }
    } finally {
      this.running = undefined;
    }
  }

  private async ask(): Promise<void> {
    const { what } = this.keys;
    this.asking = new AbortController();
    try {
      const take = await this.keys.ask(this.asking);
      if (this.hasEnded) return;
      if (take()) this.logger.log(`The ${what} have changed: ${this.roles}.`);
      if (this.failure !== undefined) this.logger.log(`The ${what} can be refreshed again.`);
      this.failure = undefined;
      this.lastAnswer = new Date();
    } catch (error) {
      if (!this.hasEnded) this.report(errorMessage(error));
    }
  }

  /** Says the same only once, however often it is asked. */
  private report(failure: string): void {
    if (failure === this.failure) return;
    this.failure = failure;
    this.logger.error(
      `The ${this.keys.what} cannot be refreshed. Those of ${this.lastAnswer.toISOString()} stay in use. ${failure}`,
    );
  }

  private get roles(): string {
    return this.keys
      .report()
      .map(({ kid, role }) => (role === 'ended' ? `${kid} has ended` : `${kid} ${role}`))
      .join(', ');
  }
}

function parseInterval({ provider, who }: RefreshableKeys): number | null {
  if (provider.refreshInterval === undefined) return null;
  const option = `'refreshInterval' of the ${who}`;
  const seconds = durationInSeconds(provider.refreshInterval, option);
  if (seconds >= 1 && seconds <= durationInSeconds(LONGEST_INTERVAL, option)) return seconds;
  throw new TempIDConfigurationError(`${option} must be '1s' to '${LONGEST_INTERVAL}'.`);
}

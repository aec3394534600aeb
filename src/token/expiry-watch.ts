import { Logger } from '@nestjs/common';
import { errorMessage } from '../common/error-message.js';
import { withoutTokens } from './without-tokens.js';

/** The longest delay that a timer can count, in milliseconds: about 24 days. */
const MAX_DELAY_MS = 2_147_483_647;

/** Calls back once when a moment has come. Its timer keeps no process alive. */
export class ExpiryWatch {
  private callbacks: (() => unknown)[] = [];
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param moment Unix milliseconds
   * @param token which the error of a callback may hold, and no log
   */
  constructor(
    private readonly moment: number,
    private readonly token: string,
  ) {}

  add(callback: () => unknown): void {
    this.callbacks.push(callback);
    if (!this.timer) this.wait();
  }

  /** Calls back now those that were not called yet. */
  fire(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const callbacks = this.callbacks;
    this.callbacks = [];
    for (const callback of callbacks) void this.call(callback);
  }

  private wait(): void {
    const left = this.moment - Date.now();
    const next = left > 0 ? () => this.proceed() : () => this.fire();
    this.timer = setTimeout(next, Math.min(Math.max(left, 0), MAX_DELAY_MS));
    this.timer.unref();
  }

  /** A timer may be early by a millisecond, and counts no more than {@link MAX_DELAY_MS}. */
  private proceed(): void {
    if (Date.now() >= this.moment) this.fire();
    else this.wait();
  }

  private async call(callback: () => unknown): Promise<void> {
    try {
      await callback();
    } catch (error) {
      const reason = withoutTokens(errorMessage(error), [this.token]);
      new Logger('TempID').error(`An onExpire callback failed: ${reason}`);
    }
  }
}

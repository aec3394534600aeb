import { Logger } from '@nestjs/common';
import { TempIDExhaustedError } from '../errors.js';

/**
 * One spent use that is given back unless its request succeeds. It stays spent for all others as long as
 * the request runs, so no two requests share it.
 *
 * The interceptor tells what became of the handler and of all that it wraps, and gives the use back before
 * the answer is sent. What it cannot see, such as a guard that comes later or an interceptor around it, is
 * judged by the answer, when that is closed.
 */
export class HeldUse {
  private state: 'held' | 'running' | 'kept' | 'given back' = 'held';
  private answeredWith: number | undefined;

  constructor(private readonly refund: () => Promise<void>) {}

  /** @throws {@link TempIDExhaustedError} where the request was answered, and the use given back, before its handler ran */
  begin(): void {
    if (this.state === 'given back') {
      throw new TempIDExhaustedError('The request was over before its handler began.');
    }
    this.state = 'running';
  }

  /** The handler, and all that the interceptor wraps, succeeded. */
  succeed(): void {
    if (this.state === 'running') this.state = 'kept';
    void this.judge();
  }

  /** The handler, or something that the interceptor wraps, threw. */
  async fail(): Promise<void> {
    await this.giveBack();
  }

  /** The answer was sent, or its client has hung up. */
  close(status: number): void {
    this.answeredWith = status;
    void this.judge();
  }

  /** A handler that still runs, though its request is answered or gone, may yet do what the use was for. */
  private async judge(): Promise<void> {
    if (this.answeredWith === undefined || this.state === 'running') return;
    if (this.state === 'held' || this.answeredWith >= 400) await this.giveBack();
  }

  private async giveBack(): Promise<void> {
    if (this.state === 'given back') return;
    this.state = 'given back';
    try {
      await this.refund();
    } catch (error) {
      new Logger('TempIDGuard').error(
        `A use could not be given back, and stays spent: ${String(error)}`,
      );
    }
  }
}

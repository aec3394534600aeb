import { Logger } from '@nestjs/common';
import { TempIDExhaustedError, TempIDStoreUnavailableError } from '../common/errors.js';
import { errorMessage } from '../common/error-message.js';
import type { NodeResponse } from './node-response.js';

/** What is said by whatever sends a file, after the handler, because of If-Match, If-Unmodified-Since or Range. */
const ASKED_FOR: ReadonlySet<number> = new Set([412, 416]);

/**
 * One spent use that is given back unless its request succeeds. It is spent for all others as long as the
 * request runs, so no two requests share it, and it stays spent wherever it is not known that the handler
 * did nothing.
 *
 * The interceptor, which is the innermost one, tells what became of the pipes and the handler, and gives
 * the use back before the answer is sent. What comes after it or never reaches it, such as an interceptor
 * around it or a guard that comes later, is judged by the status when the answer is closed; of GraphQL and
 * of messages, which have none, it leaves the use spent.
 */
export class UseReservation {
  private state: 'held' | 'running' | 'committed' | 'kept' | 'released' = 'held';

  constructor(
    private readonly refund: () => Promise<void>,
    private readonly answer: NodeResponse | null,
  ) {
    answer?.once('close', () => void this.settle(answer));
  }

  /** @throws {@link TempIDExhaustedError} where the use was given back already */
  begin(): void {
    if (this.state === 'released') {
      throw new TempIDExhaustedError('The use was given back before the handler began.');
    }
    // A handler that is run again may still be running for the first time.
    this.state = this.state === 'held' ? 'running' : 'kept';
  }

  /** The handler succeeded. If it answered by itself, or its answer has no status, nothing judges it. */
  commit(): void {
    if (this.state !== 'running') return;
    this.state = !this.answer || this.answer.headersSent ? 'kept' : 'committed';
  }

  /** A pipe or the handler threw. If part of the answer is out, the handler did something. */
  async release(): Promise<void> {
    if (this.state === 'kept' || this.answer?.headersSent) this.state = 'kept';
    else await this.undo();
  }

  /**
   * A handler that still runs, though its request is answered or gone, may yet do what the use was for. One that
   * has succeeded has done it, where the client itself has asked for no content of it.
   */
  private async settle({ statusCode }: NodeResponse): Promise<void> {
    const isUndone =
      this.state === 'held' || (this.state === 'committed' && !ASKED_FOR.has(statusCode));
    if (isUndone && statusCode >= 400) await this.undo();
  }

  private async undo(): Promise<void> {
    if (this.state === 'released') return;
    this.state = 'released';
    try {
      await this.refund();
    } catch (error) {
      // The outage has its own lines.
      if (error instanceof TempIDStoreUnavailableError) return;
      new Logger('TempIDGuard').error(
        `A use could not be given back, and stays spent: ${errorMessage(error)}`,
      );
    }
  }
}

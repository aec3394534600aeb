import { Logger } from '@nestjs/common';
import { TempIDExhaustedError, TempIDStoreUnavailableError } from '../common/errors.js';
import { errorMessage } from '../common/error-message.js';
import type { NodeResponse } from './node-response.js';

/** What answers If-Match, If-Unmodified-Since or Range after the handler, which the client chooses. */
const CHOSEN_BY_CLIENT: ReadonlySet<number> = new Set([412, 416]);

/**
 * One use that is refunded unless its request succeeds. No other request has it as long as this one runs, and it is
 * not refunded where the handler may have done something.
 *
 * The innermost interceptor reports what became of the pipes and the handler, and the refund comes before the answer.
 * What never reaches that interceptor, such as a later guard that throws, is decided by the status when the answer is
 * closed. GraphQL and messages have no such status, and there is no refund.
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

  /** The handler succeeded. If it answered by itself, or its answer has no status, that is final. */
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
      this.state === 'held' || (this.state === 'committed' && !CHOSEN_BY_CLIENT.has(statusCode));
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

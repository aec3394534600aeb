import type { DataSource } from 'typeorm';

/** How long the queue waits at most before it tries again; a random part of it parts rivals. */
const MAX_RETRY_DELAY_MS = 10;
/** How long the queue works before others have their turn of the event loop. */
const MAX_TURN_MS = 10;
/** How long before its deadline work is rejected, so that its caller still hears the reason. */
const RETURN_MARGIN_MS = 50;

interface QueuedWork {
  /** Does the work, or returns what stands in its way. */
  attempt(): Error | null;
  reject(reason: Error): void;
  readonly deadline: number;
}

/**
 * Work that has to wait for the database, one after another: a thousand that try by themselves keep each other
 * from it. Whether something stands in the way is asked in the same turn of the event loop in which the work
 * is done, so nothing comes between.
 */
export class SerialQueue {
  private readonly queue: QueuedWork[] = [];
  /** Called at the end of TypeORM's transactions; that of others is found by trying again. */
  private readonly subscriber = {
    afterTransactionCommit: () => this.proceed(),
    afterTransactionRollback: () => this.proceed(),
  };
  private timer: NodeJS.Timeout | undefined;
  private lastObstacle = new Error('others had the database');

  /**
   * @param obstacle what stands in the way now, or null
   * @param isObstacle whether what the work threw only says that it was in vain
   */
  constructor(
    private readonly dataSource: DataSource,
    private readonly obstacle: () => Error | null,
    private readonly isObstacle: (error: unknown) => error is Error,
  ) {}

  /**
   * @param deadline by `performance.now()`
   * @param mayOvertake whether it tries at once, whoever waits
   * @throws what the work throws, or what stood in its way until the deadline
   */
  run<R>(work: () => R, deadline: number, mayOvertake = false): Promise<R> {
    return new Promise((resolve, reject) => {
      const attempt = () => {
        const obstacle = this.obstacle();
        if (obstacle) return obstacle;
        try {
          resolve(work());
        } catch (error) {
          if (this.isObstacle(error)) return error;
          reject(error);
        }
        return null;
      };
      if (mayOvertake || this.queue.length === 0) {
        const obstacle = attempt();
        if (!obstacle) return;
        this.retryAfter(obstacle);
      }
      // A connection that was opened anew has other subscribers.
      const { subscribers } = this.dataSource;
      if (!subscribers.includes(this.subscriber)) subscribers.push(this.subscriber);
      this.queue.push({ attempt, reject, deadline });
    });
  }

  private proceed(): void {
    const end = performance.now() + MAX_TURN_MS;
    for (let first = this.queue[0]; first; first = this.queue[0]) {
      const now = performance.now();
      if (now > end) return this.retryIn(0);
      if (now > first.deadline - RETURN_MARGIN_MS) {
        first.reject(this.lastObstacle);
      } else {
        const obstacle = first.attempt();
        if (obstacle) return this.retryAfter(obstacle);
      }
      this.queue.shift();
    }
  }

  private retryAfter(obstacle: Error): void {
    this.lastObstacle = obstacle;
    this.retryIn(Math.random() * MAX_RETRY_DELAY_MS);
  }

  private retryIn(milliseconds: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.proceed();
    }, milliseconds);
  }
}

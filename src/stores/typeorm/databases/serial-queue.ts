import type { DataSource } from 'typeorm';

/** How long the line waits at most before it looks again, in milliseconds; a random part of it parts rivals. */
const LOOK_EVERY = 10;
/** How long the line works before others have their turn of the event loop, in milliseconds. */
const TURN = 10;
/** How long before its deadline work is given up, in milliseconds: those who wait hear why. */
const RETURN_MARGIN_MS = 50;

interface Waiting {
  /** Does the work, unless something stands in its way. */
  attempt(): Error | null;
  giveUp(reason: Error): void;
  readonly deadline: number;
}

/**
 * Work that has to wait for the database, one after another: a thousand that try by themselves keep each other
 * from it. Whether something stands in the way is asked in the same turn of the event loop in which the work
 * is done, so nothing comes between.
 */
export class SerialQueue {
  private readonly waiting: Waiting[] = [];
  /** Hears of the end of TypeORM's transactions; that of others is found by looking. */
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
      if (mayOvertake || this.waiting.length === 0) {
        const obstacle = attempt();
        if (!obstacle) return;
        this.waitFor(obstacle);
      }
      // A connection that was opened anew has other subscribers.
      const { subscribers } = this.dataSource;
      if (!subscribers.includes(this.subscriber)) subscribers.push(this.subscriber);
      this.waiting.push({ attempt, giveUp: reject, deadline });
    });
  }

  private proceed(): void {
    const end = performance.now() + TURN;
    for (let first = this.waiting[0]; first; first = this.waiting[0]) {
      const now = performance.now();
      if (now > end) return this.lookIn(0);
      if (now > first.deadline - RETURN_MARGIN_MS) {
        first.giveUp(this.lastObstacle);
      } else {
        const obstacle = first.attempt();
        if (obstacle) return this.waitFor(obstacle);
      }
      this.waiting.shift();
    }
  }

  private waitFor(obstacle: Error): void {
    this.lastObstacle = obstacle;
    this.lookIn(Math.random() * LOOK_EVERY);
  }

  private lookIn(milliseconds: number): void {
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.proceed();
    }, milliseconds);
  }
}

import { Logger } from '@nestjs/common';
import { clockDifference, clockWarning } from '../clock-difference.js';
import type { Connection } from './connection.js';
import { isAnswer } from './driver.js';

/** The clock by which the server removes what is over, beside ours. A difference is warned of once. */
export class ServerClock {
  /** Milliseconds by which the server's is ahead, or 0 where that is a minute at most; undefined until it was asked. */
  private ahead: number | undefined;
  private firstComparison: Promise<number> | undefined;
  private hasWarned = false;

  constructor(private readonly connection: Connection) {}

  /**
   * The moment of the server's clock that is this one of ours. The first call asks the server: one that is hours
   * ahead would remove at once what is kept until a moment of ours.
   *
   * @throws Error where the server does not answer
   */
  async at(moment: Date, deadline: number): Promise<Date> {
    const ahead = this.ahead ?? (await this.first(deadline));
    return new Date(moment.getTime() + ahead);
  }

  /**
   * Asks the server what time it is. One that does not say it is taken to have our time.
   *
   * @returns milliseconds by which it is ahead
   * @throws Error where the server does not answer
   */
  async compare(deadline: number): Promise<number> {
    const asked = Date.now();
    const clock = await this.ask(deadline);
    const difference = clockDifference(clock, asked, Date.now());
    this.ahead = difference === null ? 0 : clock - asked;
    if (difference !== null && !this.hasWarned) {
      this.hasWarned = true;
      new Logger('MongoTempIDStore').warn(clockWarning('MongoDB', difference));
    }
    return this.ahead;
  }

  private first(deadline: number): Promise<number> {
    this.firstComparison ??= this.compare(deadline).finally(() => {
      this.firstComparison = undefined;
    });
    return this.firstComparison;
  }

  /** Unix milliseconds; NaN where the server answers with none, as one that knows no `hello`. */
  private async ask(deadline: number): Promise<number> {
    try {
      const { localTime } = (await this.connection.run(deadline, (_collection, limits, db) =>
        db.command({ hello: 1 }, limits),
      )) as { localTime?: unknown };
      return localTime instanceof Date ? localTime.getTime() : Number.NaN;
    } catch (error) {
      if (isAnswer(error)) return Number.NaN;
      throw error;
    }
  }
}

import { clockDifference } from '../clock-difference.js';
import type { Connection } from './connection.js';

/** The clock by which the server removes what is over, beside ours. */
export class ServerClock {
  /** Milliseconds by which the server's is ahead; 0 where that is a minute at most, or it was not asked yet. */
  private ahead = 0;

  constructor(private readonly connection: Connection) {}

  /** The moment at which the server's clock says what ours says at that one. */
  at(moment: Date): Date {
    return new Date(moment.getTime() + this.ahead);
  }

  /**
   * Asks the server what time it is.
   *
   * @returns how far its clock is from ours, such as `2h 0m ahead of`; null where that is a minute at most
   */
  async compare(deadline: number): Promise<string | null> {
    const asked = Date.now();
    const { localTime } = (await this.connection.run(deadline, (_collection, limits, db) =>
      db.command({ hello: 1 }, limits),
    )) as { localTime?: unknown };
    const clock = localTime instanceof Date ? localTime.getTime() : Number.NaN;
    const difference = clockDifference(clock, asked, Date.now());
    this.ahead = difference === null ? 0 : clock - asked;
    return difference;
  }
}

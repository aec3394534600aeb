import { formatDuration } from '../common/duration.js';

/** Of a server, in milliseconds; what is less does no harm. */
const TOLERATED_DIFFERENCE_MS = 60_000;

/**
 * How far a server's clock is from ours, such as `2h 0m ahead of`; null where that is a minute at most.
 *
 * @param clock what the server said, in Unix milliseconds
 * @param asked when it was asked, by our clock
 * @param answered when it had answered, by our clock
 */
export function clockDifference(clock: number, asked: number, answered: number): string | null {
  const isAhead = clock > answered;
  const difference = isAhead ? clock - answered : asked - clock;
  if (!(difference > TOLERATED_DIFFERENCE_MS)) return null;
  return `${formatDuration(difference)} ${isAhead ? 'ahead of' : 'behind'}`;
}

/** Of a server that forgets by its own clock, and was told by it for how long to keep counts. */
export function clockWarning(server: string, difference: string): string {
  return (
    `The clock of ${server} is ${difference} that of this process. One that is set forward by over an hour forgets ` +
    'counts too early, and spent tokens work again. Keep the clocks right (NTP).'
  );
}

import { formatDuration } from '../common/duration.js';

const MAX_DIFFERENCE_MS = 60_000;

/**
 * How far a server's clock is from ours, such as `2h 0m ahead of`; null where that is a minute at most.
 *
 * @param clock that of the server, in Unix milliseconds
 * @param asked our clock when the server was asked
 * @param answered our clock when it had answered
 */
export function clockDifference(clock: number, asked: number, answered: number): string | null {
  const isAhead = clock > answered;
  const difference = isAhead ? clock - answered : asked - clock;
  if (!(difference > MAX_DIFFERENCE_MS)) return null;
  return `${formatDuration(difference)} ${isAhead ? 'ahead of' : 'behind'}`;
}

/** The warning about a server that forgets counts by its own clock. */
export function clockWarning(server: string, difference: string): string {
  return (
    `The clock of ${server} is ${difference} that of this process. One that is set forward by over an hour forgets ` +
    'counts too early, and spent tokens work again. Keep the clocks right (NTP).'
  );
}

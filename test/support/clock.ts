import { jest } from '@jest/globals';

export const NOW = Date.parse('2026-01-01T12:00:00.250Z');
export const MINUTE = 60_000;

/** Stops the clock at a moment, in Unix milliseconds, until mocks are restored. */
export function setClock(moment: number): void {
  jest.spyOn(Date, 'now').mockReturnValue(moment);
}

/** Stops intervals until real timers are used again, and nothing else: files, sockets and timeouts take real time. */
export function stopIntervals(): void {
  jest.useFakeTimers({
    doNotFake: [
      'Date',
      'hrtime',
      'nextTick',
      'performance',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setTimeout',
      'clearTimeout',
    ],
  });
}

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { MonotonicClock } from '../../../src/operations/revocation/monotonic-clock.js';

const NOW = 1_767_268_800_250;
/** The scopes of a token with a purpose, with a subject, and with both. */
const TOKENS = [['purpose'], ['subject'], ['purpose', 'subject', 'both']] as const;

/** One step after a pause: a token is issued, is issued in place of those with its purpose and subject, or a scope is revoked. */
const STEP = fc.record({
  step: fc.oneof(
    fc.record({ issued: fc.constantFrom(...TOKENS) }),
    fc.constant({ issued: TOKENS[2], replaces: 'both' }),
    fc.record({ revoked: fc.constantFrom(...TOKENS[2]) }),
  ),
  pause: fc.integer({ min: -20, max: 3 }),
});

describe('MonotonicClock', () => {
  let now: number;

  beforeEach(() => {
    now = NOW;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('a revocation of a scope comes after what was issued of it before, and before what is issued later', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(STEP, { maxLength: 40 }), async (steps) => {
        const clock = new MonotonicClock();
        now = NOW;
        const issued = new Map<string, number>();
        const revoked = new Map<string, number>();
        for (const { step, pause } of steps) {
          now += pause;
          if ('revoked' in step) {
            const moment = clock.revoke(step.revoked);
            if (moment < (issued.get(step.revoked) ?? 0)) return false;
            revoked.set(step.revoked, moment);
            continue;
          }
          const moment = await clock.issue(() => step.issued);
          if (step.issued.some((scope) => moment <= (revoked.get(scope) ?? 0))) return false;
          if ('replaces' in step) {
            if (moment < (issued.get(step.replaces) ?? 0)) return false;
            clock.revoke(step.replaces, moment);
            // Of its moment it is the one that stands.
            revoked.set(step.replaces, moment - 1);
          }
          for (const scope of step.issued) {
            issued.set(scope, Math.max(moment, issued.get(scope) ?? 0));
          }
        }
        return true;
      }),
      { numRuns: 100 },
    );
  });

  it('tokens of scopes that are not revoked are issued without delay, at the time of the clock', async () => {
    const clock = new MonotonicClock();
    for (let time = 0; time < 10; time++) {
      await clock.issue(() => ['a', 'b']);
      clock.revoke('a');
    }
    expect(await clock.issue(() => ['b', 'c'])).toBe(NOW);
    expect(await clock.issue(() => ['a'])).toBeGreaterThan(NOW);
  });

  it('the moments of tokens that are revoked and issued in turn keep near the clock', async () => {
    jest.restoreAllMocks();
    const clock = new MonotonicClock();
    for (let time = 0; time < 100; time++) {
      const before = clock.revoke('a');
      const moment = await clock.issue(() => ['a']);
      expect(moment).toBeGreaterThan(before);
      expect(moment - Date.now()).toBeLessThanOrEqual(10);
    }
  });

  it('moments stay in order while the clock is set back a little, and follow it where it is set back far', async () => {
    const clock = new MonotonicClock();
    const first = await clock.issue(() => ['a']);
    now = NOW - 500;
    expect(await clock.issue(() => ['b'])).toBeGreaterThanOrEqual(first);
    expect(clock.revoke('a')).toBeGreaterThanOrEqual(first);
    now = NOW - 60_000;
    expect(await clock.issue(() => ['a'])).toBe(NOW - 60_000);
    expect(clock.revoke('a')).toBe(NOW - 60_000);
  });

  it('after a clock was far ahead, moments follow the right clock again', async () => {
    const clock = new MonotonicClock();
    now = NOW + 86_400_000;
    clock.revoke('subject');
    await clock.issue(() => ['subject', 'purpose']);
    now = NOW;
    expect(clock.revoke('purpose')).toBe(NOW);
  });

  it('moments are handed out though timers and the clock are faked', async () => {
    jest.useFakeTimers({ now: NOW });
    const clock = new MonotonicClock();
    let before = 0;
    for (let time = 0; time < 20; time++) {
      const moment = await clock.issue(() => ['a']);
      expect(moment).toBeGreaterThan(before);
      before = clock.revoke('a', moment);
    }
    jest.useRealTimers();
  });

  it.each([
    ['mints', true],
    ['mints nothing', false],
  ])(
    'a scope that was revoked over a second ago is forgotten, where the process %s',
    async (_, isMinting) => {
      const clock = new MonotonicClock();
      for (let index = 0; index < 3_000; index++) {
        clock.revoke(`scope ${index}`);
        if (isMinting) await clock.issue(() => [`scope ${index}`]);
        now++;
      }
      const { revoked, ahead } = clock as unknown as Record<
        'revoked' | 'ahead',
        Map<string, number>
      >;
      expect(revoked.size).toBeLessThan(1_010);
      now += 1_100;
      await clock.issue(() => ['a']);
      expect([revoked.size, ahead.size]).toEqual([0, 0]);
    },
  );
});

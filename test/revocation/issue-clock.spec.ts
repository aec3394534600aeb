import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { IssueClock } from '../../src/revocation/issue-clock.js';

const NOW = 1_767_268_800_250;
const GROUPS = ['a', 'b', 'c'] as const;

/** One step: tokens of one or several groups are issued, or a group is revoked, after a pause. */
const STEP = fc.record({
  isIssue: fc.boolean(),
  groups: fc.subarray([...GROUPS], { minLength: 1 }),
  pause: fc.integer({ min: -20, max: 3 }),
});

describe('IssueClock', () => {
  let now: number;

  beforeEach(() => {
    now = NOW;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('has each revocation of a group after what was issued of it before, and before what is issued later', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(STEP, { maxLength: 40 }), async (steps) => {
        const clock = new IssueClock();
        now = NOW;
        const issued = new Map<string, number>();
        const revoked = new Map<string, number>();
        for (const { isIssue, groups, pause } of steps) {
          now += pause;
          if (isIssue) {
            const moment = await clock.issue(() => groups);
            for (const group of groups) {
              if (moment <= (revoked.get(group) ?? 0)) return false;
              issued.set(group, Math.max(moment, issued.get(group) ?? 0));
            }
          } else {
            const [group = 'a'] = groups;
            const moment = clock.revoke(group);
            if (moment < (issued.get(group) ?? 0)) return false;
            revoked.set(group, Math.max(moment, revoked.get(group) ?? 0));
          }
        }
        return true;
      }),
      { numRuns: 40 },
    );
  });

  it('makes nobody wait, and is not ahead, for tokens of other groups', async () => {
    const clock = new IssueClock();
    for (let time = 0; time < 10; time++) {
      await clock.issue(() => ['a', 'b']);
      clock.revoke('a');
    }
    expect(await clock.issue(() => ['b', 'c'])).toBe(NOW);
    expect(await clock.issue(() => ['a'])).toBeGreaterThan(NOW);
  });

  it('waits for a clock that goes on, where tokens of one group are revoked and issued in turn', async () => {
    jest.restoreAllMocks();
    const clock = new IssueClock();
    for (let time = 0; time < 100; time++) {
      const before = clock.revoke('a');
      const moment = await clock.issue(() => ['a']);
      expect(moment).toBeGreaterThan(before);
      expect(moment - Date.now()).toBeLessThanOrEqual(10);
    }
  });

  it('has one order while the clock is set back a little, and goes back with it where that is much', async () => {
    const clock = new IssueClock();
    const first = await clock.issue(() => ['a']);
    now = NOW - 500;
    await clock.issue(() => ['b']);
    expect(clock.revoke('a')).toBeGreaterThanOrEqual(first);
    now = NOW - 60_000;
    expect(await clock.issue(() => ['a'])).toBe(NOW - 60_000);
    expect(clock.revoke('a')).toBe(NOW - 60_000);
  });

  it.each([
    ['mints', true],
    ['mints nothing', false],
  ])('remembers no group that was revoked over a second ago, where it %s', async (_, isMinting) => {
    const clock = new IssueClock();
    for (let index = 0; index < 3_000; index++) {
      clock.revoke(`group ${index}`);
      if (isMinting) await clock.issue(() => [`group ${index}`]);
      now++;
    }
    const { revoked, ahead } = clock as unknown as Record<'revoked' | 'ahead', Map<string, number>>;
    expect(revoked.size).toBeLessThan(1_010);
    now += 1_100;
    await clock.issue(() => ['a']);
    expect([revoked.size, ahead.size]).toEqual([0, 0]);
  });
});

import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { durationInSeconds, formatDuration } from '../../src/common/duration.js';

describe('durationInSeconds', () => {
  it.each([
    ['0s', 0],
    ['30s', 30],
    ['15m', 900],
    ['1h', 3_600],
    ['7d', 604_800],
    ['2w', 1_209_600],
    ['007m', 420],
    ['9999999999s', 9_999_999_999],
  ])('durationInSeconds takes %s for %d seconds', (duration, seconds) => {
    expect(durationInSeconds(duration, `'expiresIn'`)).toBe(seconds);
  });

  it.each([
    '',
    's',
    '15',
    '15 m',
    ' 15m',
    '15m ',
    '15m\n',
    '1.5h',
    '-1m',
    '+1m',
    '1e3s',
    '0x1s',
    '١m',
    '15M',
    '15min',
    '15y',
    '1h30m',
    '15ms',
    '10000000000s',
    'constructor',
    '1_000s',
  ])('durationInSeconds refuses %j, names the option and quotes the value', (value) => {
    expect(() => durationInSeconds(value, `'leeway'`)).toThrow(
      expect.objectContaining({
        code: 'TEMPID_CONFIGURATION',
        message: `'leeway' must be a whole number and one of s, m, h, d, w, such as '15m'; got '${value}'.`,
      }),
    );
  });

  it.each([
    [15, 'the number 15'],
    [Number.NaN, 'the number NaN'],
    [undefined, 'undefined'],
    [null, 'object'],
    [true, 'boolean'],
    [['15m'], 'object'],
    [{ toString: () => '15m' }, 'object'],
    [10n, 'bigint'],
    [new Date(0), 'object'],
  ])('durationInSeconds refuses %p and says what it got', (value, got) => {
    expect(() => durationInSeconds(value, `'purgeInterval'`)).toThrow(
      `'purgeInterval' must be a whole number and one of s, m, h, d, w, such as '15m'; got ${got}.`,
    );
  });

  it('durationInSeconds does not quote a longer string, which may be a secret', () => {
    expect(() => durationInSeconds('correct horse battery staple', `'expiresIn'`)).toThrow(
      /; got a longer string\.$/,
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [45_000, '45s'],
    [892_000, '14m 52s'],
    [5_400_000, '1h 30m'],
    [259_200_000, '3d 0h'],
    [1, '1s'],
    [1_000, '1s'],
    [1_001, '2s'],
    [59_000, '59s'],
    [59_001, '1m 0s'],
    [3_599_000, '59m 59s'],
    [3_599_001, '1h 0m'],
    [3_659_999, '1h 1m'],
    [86_399_000, '23h 59m'],
    [86_399_001, '1d 0h'],
    [8_640_000_000_000_000, '100000000d 0h'],
  ])('formatDuration writes %d milliseconds as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it('formatDuration never says more than one minute over, and never less than is left of the seconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 86_400_000 - 1_000 }), (milliseconds) => {
        const parts = formatDuration(milliseconds).split(' ');
        const seconds = parts.reduce((sum, part) => sum + durationInSeconds(part, 'part'), 0);
        const rounded = Math.ceil(milliseconds / 1_000);
        expect(rounded - seconds).toBeGreaterThanOrEqual(0);
        expect(rounded - seconds).toBeLessThan(rounded < 3_600 ? 1 : 60);
      }),
    );
  });
});

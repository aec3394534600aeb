import { describe, expect, it } from '@jest/globals';
import { durationOption } from '../../src/common/duration.js';
import { asGiven, oneOf, pickOptions, readOptions } from '../../src/common/options.js';
import { TempIDConfigurationError } from '../../src/index.js';

const RULES = {
  life: { parse: durationOption({ min: '1s' }), default: '10m', missing: 'default' },
  mode: { parse: oneOf('a', 'b') },
  note: { ...asGiven<string | null>(), missing: 'kept' },
  flag: { parse: oneOf(true, false), default: false },
} as const;

describe('readOptions', () => {
  it('readOptions parses what is given and the defaults, and leaves the rest out', () => {
    expect(readOptions({}, RULES, 'call')).toEqual({ life: 600, flag: false });
    const given = { life: '1h', mode: 'b', note: 'x', flag: true };
    expect(readOptions(given, RULES, 'call')).toEqual({ ...given, life: 3_600 });
  });

  it("readOptions takes undefined for the default where a rule's missing is 'default'", () => {
    expect(readOptions({ life: undefined }, RULES, 'call').life).toBe(600);
    expect(() => readOptions({ life: null }, RULES, 'call')).toThrow(`'life' must be`);
  });

  it("readOptions keeps undefined and null where a rule's missing is 'kept'", () => {
    expect('note' in readOptions({ note: undefined }, RULES, 'call')).toBe(true);
    expect(readOptions({ note: null }, RULES, 'call').note).toBeNull();
  });

  it.each([undefined, null])(
    'readOptions refuses %s for a rule that says nothing of it',
    (value) => {
      expect(() => readOptions({ mode: value }, RULES, 'call')).toThrow(TempIDConfigurationError);
      expect(() => readOptions({ flag: value }, RULES, 'call')).toThrow(`call was given 'flag'`);
    },
  );

  it('readOptions names the options that exist where one has no rule', () => {
    expect(() => readOptions({ lief: '1h' }, RULES, 'call')).toThrow(
      `call has no option 'lief'. The options are life, mode, note, flag.`,
    );
    expect(() => readOptions({ x: 1 }, {}, 'call')).toThrow('There are none.');
  });

  it('readOptions has no option of the names that every object has', () => {
    const options: object = JSON.parse('{ "toString": 1 }');
    expect(() => readOptions(options, RULES, 'call')).toThrow(`no option 'toString'`);
  });
});

describe('pickOptions', () => {
  it('pickOptions returns what is given as it is, inherited options as well', () => {
    const options: object = Object.create({ life: '1h' });
    expect(pickOptions(Object.assign(options, { mode: 'z' }), RULES, 'call')).toEqual({
      life: '1h',
      mode: 'z',
    });
  });
});

import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { endsInLetterOrDigit, trimToken } from '../../src/token/token-ends.js';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** What Python's str.strip takes away, as `[c for c in map(chr, range(0x110000)) if c.isspace()]` lists it. */
const PYTHON_SPACES = [
  ...Array.from({ length: 5 }, (_, index) => 0x09 + index),
  ...Array.from({ length: 5 }, (_, index) => 0x1c + index),
  ...Array.from({ length: 11 }, (_, index) => 0x2000 + index),
  0x85,
  0xa0,
  0x1680,
  0x2028,
  0x2029,
  0x202f,
  0x205f,
  0x3000,
].map((code) => String.fromCodePoint(code));

const SEEN = `"'“”‘’„‚«»‹›\`´<>()[]{}⟨⟩「」（）.,;:!?…。，、；：！？`;
const UNSEEN =
  '\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff';

describe('trimToken', () => {
  it.each([...PYTHON_SPACES, ...SEEN.split(''), ...UNSEEN.split('')])(
    'trimToken takes %j from both ends, and no other way',
    (glued) => {
      expect(trimToken(`${glued}e.y_${glued}${glued}`)).toBe('e.y_');
      expect(trimToken(`e${glued}y`)).toBe(`e${glued}y`);
      expect(trimToken(glued.repeat(3))).toBe('');
    },
  );

  it.each(['-', '_', '=', '–', '—', '+', '$', '~', 'é', 'ß', '٣', '\ud83d\udd11', '\ud83d'])(
    'trimToken leaves %j where it is',
    (other) => {
      for (const value of [`${other}ey`, `ey${other}`, ` ${other}ey${other} `]) {
        expect(trimToken(value)).toBe(value.trim());
      }
    },
  );

  it.each(BASE64URL.split(''))(
    'trimToken takes nothing from what begins and ends with %s',
    (character) => {
      const value = `${character}.${character}`;
      expect(trimToken(value)).toBe(value);
    },
  );

  it('trimToken takes up to 256 characters from each end, and none from what has more', () => {
    for (const glued of [' ', '\u3000']) {
      const most = glued.repeat(256);
      expect(trimToken(`${most}ey${most}`)).toBe('ey');
      for (const value of [`${most}${glued}ey`, `ey${glued}${most}`, glued.repeat(100_000)]) {
        expect(trimToken(value)).toBe(value);
      }
    }
  });

  it('trimToken takes the same away once as many times', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = trimToken(text);
        expect(text).toContain(once);
        expect(trimToken(once)).toBe(once);
      }),
    );
  });

  it('trimToken looks at each character of the ends once, and at none between', () => {
    const looked: number[] = [];
    const value = new String(`${' '.repeat(50)}e${' '.repeat(50)}y${'\u3000'.repeat(50)}`);
    const counting = new Proxy(value, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...given: number[]) => {
          if (name === 'charCodeAt') looked.push(given[0] ?? 0);
          return member.apply(target, given);
        };
      },
    });
    expect(trimToken(counting as unknown as string)).toBe(`e${' '.repeat(50)}y`);
    expect(new Set(looked).size).toBe(102);
    expect(looked).toHaveLength(102);
  });
});

describe('endsInLetterOrDigit', () => {
  it.each(BASE64URL.split(''))(
    'endsInLetterOrDigit is right of a token that ends in %s',
    (character) => {
      expect(endsInLetterOrDigit(`TEMP-V3.${character}`)).toBe(/[A-Za-z0-9]/.test(character));
    },
  );
});

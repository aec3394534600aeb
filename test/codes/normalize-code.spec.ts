import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { normalizeCode } from '../../src/codes/normalize-code.js';
import { createService } from '../support/service.js';

describe('normalizeCode', () => {
  it.each([
    ['spaces', ' 123 456 '],
    ['a dash', '123-456'],
    ['dashes of typographers', '1\u20102\u20113\u20124\u20135\u20146'],
    ['a minus sign, and the dash of a Japanese keyboard', '123\u2212456\u30fc'],
    ['spaces that do not break, that are thin, and that have no width', '1\u00a02\u20093\u200b456'],
    ['marks of direction and a byte order mark', '\ufeff\u200f123456\u200e'],
    ['a soft hyphen, tabs and line ends', '12\u00ad3\t456\r\n'],
    ['full-width digits', '１２３　４５６'],
    ['Arabic-Indic digits', '١٢٣٤٥٦'],
    ['Persian digits', '۱۲۳۴۵۶'],
    ['Devanagari digits', '१२३४५६'],
    ['Bengali digits', '১২৩৪৫৬'],
    ['Thai digits', '๑๒๓๔๕๖'],
    ['letters for digits that look alike', 'lz34s6'],
  ])('a code typed with %s normalizes to its digits', (_, typed) => {
    expect(normalizeCode(typed)).toBe('123456');
  });

  it('a code in small letters or with look-alike characters normalizes to the same code', () => {
    expect(normalizeCode('cdfg-hjkm')).toBe(normalizeCode('CDFG HJKM'));
    expect(normalizeCode('OoIiLlZzSsBb')).toBe('001111225588');
    expect(normalizeCode('Vv')).toBe('UU');
  });

  it('two different codes of digits never normalize to the same code', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{6}$/), fc.stringMatching(/^\d{6}$/), (a, b) => {
        expect(normalizeCode(a) === normalizeCode(b)).toBe(a === b);
      }),
    );
  });

  it('normalizeCode returns a string for any value, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string({ unit: 'binary' })), (typed) => {
        expect(typeof normalizeCode(typed)).toBe('string');
      }),
    );
  });

  it.each([undefined, null, 123_456, {}, [], '', '1'.repeat(129)])(
    'normalizeCode returns an empty string for %p',
    (typed) => {
      expect(normalizeCode(typed)).toBe('');
    },
  );

  it('verifyCode accepts a code of letters that is typed in small letters and with a space', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode({ alphabet: 'letters' });
    const typed = `${code.slice(0, 4)} ${code.slice(4)}`.toLowerCase();
    expect(await tempid.verifyCode(challenge, typed)).not.toBeNull();
  });

  it('verifyCode accepts a code of an own alphabet that is typed with look-alike characters', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode({ alphabet: 'OSU', length: 12 });
    const typed = code.replaceAll('O', '0').replaceAll('S', '5').replaceAll('U', 'v');
    expect(await tempid.verifyCode(challenge, typed)).not.toBeNull();
  });
});

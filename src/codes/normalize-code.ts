/** The zeros of the decimal digits that keyboards type; the other nine follow each. */
const ZEROS = Array.from('٠۰०০੦૦୦௦౦೦൦๐໐༠၀០᠐', codePointOf);

/** What a Japanese keyboard types for a dash (ー), and what mathematicians do (−), are no punctuation by Unicode. */
const SEPARATORS = /[\s\p{Z}\p{P}\p{Cf}ー−]/gu;

/** What is mistaken for what when a code is read out or copied by hand. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  O: '0',
  I: '1',
  L: '1',
  Z: '2',
  S: '5',
  B: '8',
  V: 'U',
};

/** Nobody types more for a code; the rest of what is sent instead of one is not looked at. */
const MAX_LENGTH = 128;

/**
 * What a person meant by what was typed: without spaces, dashes and other punctuation of any kind, in one case, width and set of
 * digits, and with one character for all that look alike. '' for anything that cannot be a code.
 *
 * It is no form to show. Two codes are the same where this is the same, and an alphabet has no two characters
 * for which it is.
 */
export function normalizeCode(typed: unknown): string {
  if (typeof typed !== 'string' || typed.length > MAX_LENGTH) return '';
  const characters = typed.normalize('NFKC').replace(SEPARATORS, '').toUpperCase();
  return Array.from(characters, (character) => {
    const plain = toAsciiDigit(character);
    return LOOK_ALIKES[plain] ?? plain;
  }).join('');
}

function toAsciiDigit(character: string): string {
  const point = codePointOf(character);
  const zero = ZEROS.find((candidate) => point >= candidate && point <= candidate + 9);
  return zero === undefined ? character : String(point - zero);
}

function codePointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

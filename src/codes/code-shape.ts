import { randomInt } from 'node:crypto';
import { TempIDConfigurationError } from '../common/errors.js';
import { asGiven, type OptionRules, type ReadOptions } from '../common/options.js';
import { normalizeCode } from './normalize-code.js';

const DIGITS = '0123456789';

/** Each without what looks like another character (0 O, 1 I L, 2 Z, 5 S, 8 B, U V), and without vowels, so that no code is a word. */
const PRESETS = {
  letters: 'CDFGHJKMNPQRTWXY',
  'letters-and-digits': '34679CDFGHJKMNPQRTWXY',
} as const;

type CodeAlphabet = keyof typeof PRESETS;

/** What a code looks like: digits, or characters of an alphabet. */
export type CodeShapeOptions =
  | {
      /** How many digits, from 4 to 12. Default: 6. */
      digits?: number;
      alphabet?: never;
      length?: never;
    }
  | {
      /**
       * Instead of digits: `'letters'` or `'letters-and-digits'`, both without look-alikes and vowels, or the
       * characters themselves, of which no two may look alike.
       */
      alphabet: CodeAlphabet | (string & {});
      /** How many of them, from 4 to 32. Default: 8. */
      length?: number;
      digits?: never;
    };

/** A code's characters and length. */
export interface CodeShape {
  readonly characters: readonly string[];
  readonly length: number;
  /** Between the groups of {@link formatCode}. */
  readonly separator: ' ' | '-';
}

/** How the options of a shape are read: as they are given, since they are checked together. */
export const CODE_SHAPE_RULES = {
  digits: asGiven<number>(),
  alphabet: asGiven<string>(),
  length: asGiven<number>(),
} as const satisfies OptionRules<CodeShapeOptions>;

type ReadShapeOptions = ReadOptions<typeof CODE_SHAPE_RULES>;

/** One who guesses blindly uses up so many challenges, on average, before one guess is right. */
const MIN_CHALLENGES = 1_000;

const MAX_GROUP_LENGTH = 4;

/** @throws TempIDConfigurationError for a shape that is wrong, or too easy to guess in so many attempts */
export function toCodeShape(options: ReadShapeOptions, maxAttempts: number): CodeShape {
  const shape = options.alphabet === undefined ? ofDigits(options) : ofAlphabet(options);
  const { characters, length } = shape;
  if (characters.length ** length >= maxAttempts * MIN_CHALLENGES) return shape;
  throw new TempIDConfigurationError(
    `A code of ${length} out of ${characters.length} characters is too easy to guess in ${maxAttempts} ` +
      `attempts: make it longer, or lower 'maxAttempts', until the chance is at most 1 in ${MIN_CHALLENGES}.`,
  );
}

function ofDigits({ digits = 6, length }: ReadShapeOptions): CodeShape {
  if (length !== undefined) {
    throw new TempIDConfigurationError(`'length' belongs to 'alphabet'; of digits, give 'digits'.`);
  }
  assertInRange(digits, 'digits', 4, 12);
  return { characters: Array.from(DIGITS), length: digits, separator: ' ' };
}

function ofAlphabet({ alphabet, length = 8, digits }: ReadShapeOptions): CodeShape {
  if (digits !== undefined) {
    throw new TempIDConfigurationError(`Give 'digits' or 'alphabet', not both.`);
  }
  assertInRange(length, 'length', 4, 32);
  return { characters: toCharacters(alphabet), length, separator: '-' };
}

function assertInRange(value: unknown, option: string, from: number, to: number): void {
  if (Number.isInteger(value) && Number(value) >= from && Number(value) <= to) return;
  throw new TempIDConfigurationError(`'${option}' must be a whole number from ${from} to ${to}.`);
}

/** Each code of the shape is as likely as any other: `randomInt` throws away what would favour some. */
export function newCode({ characters, length }: CodeShape): string {
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join('');
}

/** A code for reading: in the fewest groups of at most four, as even as they can be. `123 456`, `CDFG-HJKM`. */
export function formatCode(code: string, { separator }: CodeShape): string {
  const characters = Array.from(code);
  const groups = Math.ceil(characters.length / MAX_GROUP_LENGTH);
  const startOf = (group: number) => Math.ceil((group * characters.length) / groups);
  return Array.from({ length: groups }, (_, group) =>
    characters.slice(startOf(group), startOf(group + 1)).join(''),
  ).join(separator);
}

/**
 * The characters that a code is made of, each once.
 *
 * @param alphabet the name of a preset, or the characters themselves
 * @throws TempIDConfigurationError for fewer than two characters, one that is neither letter nor digit, or two
 *   that are taken for each other when they are typed
 */
function toCharacters(alphabet: unknown): readonly string[] {
  const characters = Array.from(
    typeof alphabet === 'string' ? (presetOf(alphabet) ?? alphabet) : '',
  );
  const meanings = new Map<string, string>();
  for (const character of characters) {
    const meaning = normalizeCode(character);
    if (!/^[\p{L}\p{N}]$/u.test(character) || Array.from(meaning).length !== 1) {
      throw new TempIDConfigurationError(`'alphabet' must consist of letters and digits.`);
    }
    const other = meanings.get(meaning);
    if (other !== undefined) {
      throw new TempIDConfigurationError(
        `'alphabet' has '${other}' and '${character}', which are taken for each other when a code is typed.`,
      );
    }
    meanings.set(meaning, character);
  }
  if (characters.length >= 2) return characters;
  throw new TempIDConfigurationError(
    `'alphabet' must be ${Object.keys(PRESETS).join(', ')}, or a string of at least two letters and digits.`,
  );
}

function presetOf(name: string): string | undefined {
  return Object.hasOwn(PRESETS, name) ? PRESETS[name as CodeAlphabet] : undefined;
}

import { randomInt } from 'node:crypto';
import { TempIDConfigurationError } from '../common/errors.js';
import { type CodeAlphabet, DIGITS, toCharacters } from './alphabet.js';

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

export interface CodeShape {
  readonly characters: readonly string[];
  readonly length: number;
  /** Between the groups of {@link formatCode}. */
  readonly separator: ' ' | '-';
}

/** One who guesses blindly uses up so many challenges, on average, before one guess is right. */
const FEWEST_CHALLENGES = 1_000;

const LONGEST_GROUP = 4;

/** @throws TempIDConfigurationError for a shape that is wrong, or too easy to guess in so many attempts */
export function toCodeShape(options: CodeShapeOptions, maxAttempts: number): CodeShape {
  const shape = options.alphabet === undefined ? ofDigits(options) : ofAlphabet(options);
  const { characters, length } = shape;
  if (characters.length ** length >= maxAttempts * FEWEST_CHALLENGES) return shape;
  throw new TempIDConfigurationError(
    `A code of ${length} out of ${characters.length} characters is too easy to guess in ${maxAttempts} ` +
      `attempts: make it longer, or lower 'maxAttempts', until the chance is at most 1 in ${FEWEST_CHALLENGES}.`,
  );
}

function ofDigits({ digits = 6, length }: CodeShapeOptions): CodeShape {
  if (length !== undefined) {
    throw new TempIDConfigurationError(`'length' belongs to 'alphabet'; of digits, give 'digits'.`);
  }
  assertInRange(digits, 'digits', 4, 12);
  return { characters: Array.from(DIGITS), length: digits, separator: ' ' };
}

function ofAlphabet({ alphabet, length = 8, digits }: CodeShapeOptions): CodeShape {
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
  const groups = Math.ceil(characters.length / LONGEST_GROUP);
  const startOf = (group: number) => Math.ceil((group * characters.length) / groups);
  return Array.from({ length: groups }, (_, group) =>
    characters.slice(startOf(group), startOf(group + 1)).join(''),
  ).join(separator);
}

import { TempIDConfigurationError } from '../common/errors.js';
import { normalizeCode } from './normalize-code.js';

export const DIGITS = '0123456789';

/** Each without what looks like another character (0 O, 1 I L, 2 Z, 5 S, 8 B, U V), and without vowels, so that no code is a word. */
const PRESETS = {
  letters: 'CDFGHJKMNPQRTWXY',
  'letters-and-digits': '34679CDFGHJKMNPQRTWXY',
} as const;

export type CodeAlphabet = keyof typeof PRESETS;

/**
 * The characters that a code is made of, each once.
 *
 * @param alphabet the name of a preset, or the characters themselves
 * @throws TempIDConfigurationError for fewer than two characters, one that is neither letter nor digit, or two
 *   that are taken for each other when they are typed
 */
export function toCharacters(alphabet: unknown): readonly string[] {
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

/** How many tokens are drawn at most. That all of them end badly has a chance under 2^-100; the last one is taken as it is. */
export const MAX_DRAWS = 32;

/**
 * Whether a text in base64url ends in a letter or a digit. Mail clients, chats and Markdown leave a `-` or a `_` at
 * the end of an address out of the link, so a token that would end so is made anew.
 */
export function endsInLetterOrDigit(text: string): boolean {
  return !text.endsWith('-') && !text.endsWith('_');
}

/**
 * White space, what cannot be seen, brackets, quotes and other punctuation. No dash, underscore or equals sign,
 * which would make another token of one that was cut off.
 */
const GLUE = /^[\p{Z}\p{Cc}\p{Cf}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}<>`´]$/u;

const ASCII_GLUE: readonly boolean[] = Array.from({ length: 128 }, (_, code) =>
  GLUE.test(String.fromCharCode(code)),
);

/** Nothing glues more to one end of a token, and garbage of nothing else costs little. */
const MAX_GLUE = 256;

/**
 * A token without what copying or a mail has glued to its ends: it can be no part of a token of any format. What
 * stands within a token stays. Looks only at the ends, one character after the other; where more than 256 are glued
 * to one, the text is left as it is.
 */
export function trimToken(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isGlued(value.charCodeAt(start))) if (++start > MAX_GLUE) return value;
  const last = end - MAX_GLUE;
  while (end > start && isGlued(value.charCodeAt(end - 1))) if (--end < last) return value;
  return value.slice(start, end);
}

function isGlued(code: number): boolean {
  return ASCII_GLUE[code] ?? GLUE.test(String.fromCharCode(code));
}

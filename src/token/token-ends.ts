/** How many tokens are drawn at most. All end badly in one of 2^100 cases; the last one is then minted as it is. */
export const MAX_DRAWS = 32;

/**
 * Whether a text in base64url ends in a letter or a digit. Mail clients, chats and Markdown leave a `-` or a `_` at
 * the end of an address out of the link, so a token that would end in one is drawn again.
 */
export function endsInLetterOrDigit(text: string): boolean {
  return !text.endsWith('-') && !text.endsWith('_');
}

/**
 * White space, invisible characters, brackets, quotes and other punctuation. No dash, underscore or equals sign: to
 * remove one could turn a token that was cut off into another one.
 */
const GLUED = /^[\p{Z}\p{Cc}\p{Cf}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}<>`´]$/u;

const GLUED_ASCII: readonly boolean[] = Array.from({ length: 128 }, (_, code) =>
  GLUED.test(String.fromCharCode(code)),
);

/** More than any mail glues to one end of a token, and few enough that garbage costs little. */
const MAX_GLUED = 256;

/**
 * A token without the characters that copying or a mail has glued to its ends, none of which any format uses. A text
 * with more than 256 of them at one end is returned as it is.
 */
export function trimToken(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isGlued(value.charCodeAt(start))) if (++start > MAX_GLUED) return value;
  const last = end - MAX_GLUED;
  while (end > start && isGlued(value.charCodeAt(end - 1))) if (--end < last) return value;
  return value.slice(start, end);
}

function isGlued(code: number): boolean {
  return GLUED_ASCII[code] ?? GLUED.test(String.fromCharCode(code));
}

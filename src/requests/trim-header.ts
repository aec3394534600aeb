/**
 * Takes away what may stand around a value in a header: space and tab (RFC 9110, section 5.6.3). What `trim` takes
 * beside them, such as the byte a0, is part of the value: with it before its name, a cookie is another one, which
 * a browser lets others set.
 */
export function trimHeader(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text[start])) start++;
  while (end > start && isSpace(text[end - 1])) end--;
  return text.slice(start, end);
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

import { parse } from 'node:querystring';
import { placeOf, type TempIDExtractor } from '../requests/extractors.js';

const PARTS = /^([^?#]*)(?:\?([^#]*))?/;

/**
 * Where the form of a page posts to: the address of the page, with all that its query says but the token. It is
 * relative, so that a proxy may put the application under another path.
 *
 * @param url of the request for the page
 * @param token as it is written there, and where the route looks for one
 */
export function formAction(
  url: string,
  token: { readonly values: readonly string[]; readonly extract: readonly TempIDExtractor[] },
): string {
  const [, path = '', query = ''] = PARTS.exec(url) ?? [];
  const names = new Set(token.extract.flatMap(nameInQuery));
  // As they are written: what is decoded and encoded again may mean something else.
  const others = query.split('&').filter((pair) => {
    const [decoded] = Object.entries(parse(pair));
    if (!decoded) return true;
    const [name, value] = decoded;
    return !names.has(name) && !token.values.includes(String(value));
  });
  const rest = others.join('&');
  return `./${path.slice(path.lastIndexOf('/') + 1)}${rest && `?${rest}`}`;
}

function nameInQuery(extract: TempIDExtractor): string[] {
  const place = placeOf(extract);
  return place?.part === 'query' ? [place.name] : [];
}

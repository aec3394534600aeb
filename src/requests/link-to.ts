import { TempIDConfigurationError } from '../common/errors.js';
import { parseText } from '../common/options.js';
import { placeOf, type TempIDExtractor } from './extractors.js';

const PARTS = /^([^?#]*)(\?[^#]*)?(#.*)?$/s;

/**
 * An address with the token where the first of the extractors that can will find it: in the place of
 * `:name` in the path, or first in the query, so that other parameters stand at the end of the address, of which
 * mail clients may leave out a character.
 *
 * @throws {@link TempIDConfigurationError} where no extractor looks into addresses
 */
export function linkTo(
  url: unknown,
  token: unknown,
  extract: TempIDExtractor | readonly TempIDExtractor[],
): string {
  const address = parseText(url instanceof URL ? url.href : url, 'url');
  const value = encodeURIComponent(parseText(token, 'token'));
  const [, path = '', query = '', hash = ''] = PARTS.exec(address) ?? [];
  const places = [extract].flat().flatMap((extractor) => placeOf(extractor) ?? []);
  const segments = path.split('/');
  for (const { part, name } of places) {
    const index = part === 'path' ? segments.indexOf(`:${name}`) : -1;
    if (index >= 0) return segments.with(index, value).join('/') + query + hash;
  }
  const name = places.find(({ part }) => part === 'query')?.name;
  if (name !== undefined) {
    const key = encodeURIComponent(name);
    const others = query
      .slice(1)
      .split('&')
      .filter((pair) => pair !== '' && pair.split('=')[0] !== key);
    return `${path}?${[`${key}=${value}`, ...others].join('&')}${hash}`;
  }
  throw new TempIDConfigurationError(
    places.length > 0
      ? `The address has no place for the token: write ':${places[0]?.name}' into its path.`
      : `A link needs an extractor that looks into the address, such as fromQuery('token').`,
  );
}

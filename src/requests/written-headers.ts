/**
 * The headers that Node's `writeHead` is given as its last argument, by their names in small letters: an object, a
 * list of pairs, or the list of names and values by turns that is the `rawHeaders` of what another server answered.
 */
export function headersIn(args: readonly unknown[]): ReadonlyMap<string, unknown> {
  const pairs = pairsOf(args.at(-1));
  return new Map(pairs.map(([name, value]) => [String(name).toLowerCase(), value]));
}

function pairsOf(given: unknown): (readonly unknown[])[] {
  if (!Array.isArray(given)) return typeof given === 'object' ? Object.entries(given ?? {}) : [];
  const list: readonly unknown[] = given;
  if (list.every((pair) => Array.isArray(pair))) return [...list];
  return list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1]]] : []));
}

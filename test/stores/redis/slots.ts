import { ask, askText } from './server.js';
import { until } from './until.js';

/** A primary of a cluster, and the first and last slot of each range that it serves. */
export interface Primary {
  readonly id: string;
  readonly url: string;
  readonly ranges: readonly (readonly [number, number])[];
}

/** The primaries, as one of the servers knows them. */
export async function primariesOf(url: string): Promise<Primary[]> {
  const nodes = await askText(url, 'CLUSTER', 'NODES');
  return nodes
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , flags]) => flags?.includes('master') && !flags.includes('fail'))
    .map(([id = '', address = '', , , , , , , ...ranges]) => ({
      id,
      url: `redis://${address.split('@')[0]}`,
      ranges: ranges.filter((range) => !range.startsWith('[')).map(rangeOf),
    }));
}

export function slotOf(url: string, key: string): Promise<number> {
  return askText(url, 'CLUSTER', 'KEYSLOT', key).then(Number);
}

/** The primary of a slot, and the next one. */
export async function ownerOf(url: string, slot: number): Promise<[Primary, Primary]> {
  const primaries = await primariesOf(url);
  const index = primaries.findIndex(({ ranges }) =>
    ranges.some(([first, last]) => first <= slot && slot <= last),
  );
  const [owner, next] = [primaries[index], primaries[(index + 1) % primaries.length]];
  if (!owner || !next) throw new Error(`no primary has the slot ${slot}`);
  return [owner, next];
}

/**
 * Moves a slot to another primary, key after key, while it is in use; `pause` runs between two steps. All primaries
 * know of the move when it ends.
 */
export async function moveSlot(
  slot: number,
  [from, to]: [Primary, Primary],
  pause: () => Promise<void>,
): Promise<void> {
  await ask(to.url, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
  await ask(from.url, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
  const { hostname, port } = new URL(to.url);
  for (;;) {
    await pause();
    const keys = await ask(from.url, 'CLUSTER', 'GETKEYSINSLOT', slot, 20);
    if (!Array.isArray(keys) || keys.length === 0) break;
    await ask(from.url, 'MIGRATE', hostname, port, '', 0, 5_000, 'KEYS', ...keys.map(String));
  }
  await ask(to.url, 'CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
  await pause();
  await ask(from.url, 'CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
  // The third hears of it from the others; until then it would name the one that had the slot.
  const primaries = await primariesOf(to.url);
  await Promise.all(
    primaries.map(({ url }) => until(async () => (await ownerOf(url, slot))[0].id === to.id)),
  );
}

function rangeOf(range: string): readonly [number, number] {
  const [first = '', last = first] = range.split('-');
  return [Number(first), Number(last)];
}

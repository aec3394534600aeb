const AT_ONCE = 4;

/**
 * What is made of each item, a few of them at a time: where hundreds wait for each other, the last ones wait longer
 * than a client or a store does, on a machine that is slow enough.
 */
export async function fewAtOnce<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  const workThrough = async () => {
    for (const [index, item] of rest) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, workThrough));
  return results;
}

/** Starts `count` calls before the first can answer, and waits for all. */
export function concurrently<R>(count: number, call: (index: number) => Promise<R>): Promise<R[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(index)));
}

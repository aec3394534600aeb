import { TempIDError, TempIDStoreUnavailableError } from '../errors.js';
import { reasonOf } from '../reason-of.js';
import type { TempIDStore } from './tempid-store.js';

/**
 * The store's answer. Whatever it throws becomes the one error that says that no use was allowed, and so
 * does its silence: an answer that comes after `timeout` is not heard, so a use that it allows is lost.
 *
 * @param timeout milliseconds
 * @throws {@link TempIDStoreUnavailableError} with the store's own error as its cause
 */
export async function askStore<R>(
  store: TempIDStore,
  timeout: number,
  question: (store: TempIDStore, deadline: number) => Promise<R>,
): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new Error(`it was silent for ${timeout} ms`));
    // Where this process itself was held up, the answer may be there, and comes before the next turn.
    timer = setTimeout(() => setImmediate(giveUp), timeout);
  });
  try {
    return await Promise.race([question(store, performance.now() + timeout), silence]);
  } catch (error) {
    if (error instanceof TempIDError) throw error;
    throw new TempIDStoreUnavailableError(
      `The store of use counts (${store.constructor.name}) could not answer: ${reasonOf(error)}`,
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}

import { TempIDError, TempIDStoreUnavailableError } from '../errors.js';
import { reasonOf } from '../reason-of.js';
import type { TempIDStore } from './tempid-store.js';

/**
 * The store's answer. Whatever it throws becomes the one error that says that no use was allowed.
 *
 * @throws {@link TempIDStoreUnavailableError} with the store's own error as its cause
 */
export async function askStore<R>(
  store: TempIDStore,
  question: (store: TempIDStore) => Promise<R>,
): Promise<R> {
  try {
    return await question(store);
  } catch (error) {
    if (error instanceof TempIDError) throw error;
    throw new TempIDStoreUnavailableError(
      `The store of use counts (${store.constructor.name}) could not answer: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

import assert from 'node:assert/strict';
import { newId } from './new-id.js';
import { type OpenedStore, type TestRunner, withStore } from './test-runner.js';

/**
 * As `storeContract`, for a store whose `remember` and `recall` keep answers where every process finds them,
 * and not in its own memory.
 *
 * @param open called twice: two stores with one place, as two processes have them
 */
export function sharedAnswersContract(open: () => Promise<OpenedStore>, runner?: TestRunner): void {
  withStore(open, runner, (it, one) => {
    withStore(open, runner, (_, other) => {
      it('remembers what another process was told to remember', async () => {
        const id = newId();
        await one().remember(id, Uint8Array.of(0, 1, 0), new Date(Date.now() + 60_000));
        assert.deepEqual([...((await other().recall(id)) ?? [])], [0, 1, 0]);
      });

      it('forgets in one process what another one replaced', async () => {
        const id = newId();
        await one().remember(id, Uint8Array.of(1), new Date(Date.now() + 60_000));
        await other().remember(id, Uint8Array.of(2), new Date(Date.now() + 60_000));
        assert.deepEqual([...((await one().recall(id)) ?? [])], [2]);
      });
    });
  });
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { AnswerStore } from '../stores/answers.js';
import { REVOKED_COUNT, type TempIDStore } from '../stores/tempid-store.js';
import { newId, soon } from './support.js';
import { type OpenedStore, type TestRunner, withStore } from './test-runner.js';

/** Nothing longer is given to a store. */
const MAX_ANSWER_BYTES = 16_384;

/** As `storeContract`, for a store that has `remember` and `recall`. */
export function answersContract(
  open: () => Promise<OpenedStore<TempIDStore & AnswerStore>>,
  runner?: TestRunner,
): void {
  withStore(open, runner, (it, store) => {
    const bytesOf = async (id: string) => {
      const value = await store().recall(id);
      return value && [...value];
    };

    it('gives what it was told to remember byte for byte', async () => {
      const [short, long, empty] = [newId(), newId(), newId()];
      const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const longest = randomBytes(MAX_ANSWER_BYTES);
      // Part of a larger buffer, as small Buffers are.
      const inTheMiddle = Buffer.concat([longest, everyByte, longest]).subarray(
        MAX_ANSWER_BYTES,
        MAX_ANSWER_BYTES + everyByte.length,
      );
      await store().remember(short, inTheMiddle, soon());
      await store().remember(long, longest, soon());
      await store().remember(empty, new Uint8Array(), soon());
      assert.deepEqual(await bytesOf(short), [...everyByte]);
      assert.deepEqual(await bytesOf(long), [...longest]);
      assert.deepEqual(await bytesOf(empty), []);
    });

    it('remembers nothing of an id that it has never seen', async () => {
      assert.equal(await store().recall(newId()), null);
    });

    it('remembers the last of what it was told under one id', async () => {
      const id = newId();
      for (const byte of [1, 2, 3]) await store().remember(id, Uint8Array.of(byte, 0), soon());
      assert.deepEqual(await bytesOf(id), [3, 0]);
    });

    it('remembers nothing whose time is over, also where it remembered something before', async () => {
      const [id, other] = [newId(), newId()];
      await store().remember(id, Uint8Array.of(1), new Date(Date.now() - 1_000));
      assert.equal(await store().recall(id), null);
      await store().remember(other, Uint8Array.of(1), soon());
      await store().remember(other, Uint8Array.of(2), new Date(Date.now() - 1_000));
      assert.equal(await store().recall(other), null);
    });

    it('forgets what it remembers when its time has come', async () => {
      const id = newId();
      const until = Date.now() + 200;
      await store().remember(id, Uint8Array.of(1), new Date(until));
      // A server has a clock of its own.
      for (const end = until + 2_000; (await store().recall(id)) !== null;) {
        assert.ok(Date.now() < end, 'it is still there');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });

    it('counts the uses of an id apart from what it remembers under it', async () => {
      const id = newId();
      await store().remember(id, Uint8Array.of(7), soon());
      assert.equal(await store().used(id), 0);
      assert.deepEqual(await store().consume(id, 2, soon()), { allowed: true, used: 1 });
      assert.deepEqual(await bytesOf(id), [7]);
      await store().remember(id, Uint8Array.of(8), soon());
      await store().revoke(id, soon());
      assert.equal(await store().used(id), REVOKED_COUNT);
      assert.deepEqual(await bytesOf(id), [8]);
    });
  });
}

/**
 * As {@link answersContract}, for a store that keeps answers where every process finds them, and not in its own
 * memory.
 *
 * @param open called twice: two stores with one place, as two processes have them
 */
export function sharedAnswersContract(
  open: () => Promise<OpenedStore<TempIDStore & AnswerStore>>,
  runner?: TestRunner,
): void {
  withStore(open, runner, (it, one) => {
    withStore(open, runner, (_, other) => {
      it('remembers what another process was told to remember', async () => {
        const id = newId();
        await one().remember(id, Uint8Array.of(0, 1, 0), soon());
        assert.deepEqual([...((await other().recall(id)) ?? [])], [0, 1, 0]);
      });

      it('forgets in one process what another one replaced', async () => {
        const id = newId();
        await one().remember(id, Uint8Array.of(1), soon());
        await other().remember(id, Uint8Array.of(2), soon());
        assert.deepEqual([...((await one().recall(id)) ?? [])], [2]);
      });
    });
  });
}

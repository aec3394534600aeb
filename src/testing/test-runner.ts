import type { TempIDLedger } from '../ledger/tempid-ledger.js';
import type { TempIDStore } from '../stores/tempid-store.js';

/** A store to be tested, and how to close what was opened for it. */
export interface OpenedStore<Store extends TempIDStore = TempIDStore> {
  readonly store: Store;
  close(): Promise<void>;
}

/** What a contract needs of Jest, Vitest (`{ it, beforeAll, afterAll }`) or node:test (`{ it, beforeAll: before, afterAll: after }`). */
export interface TestRunner {
  it(name: string, test: () => Promise<void>): unknown;
  beforeAll(prepare: () => Promise<void>): unknown;
  afterAll(cleanUp: () => Promise<void>): unknown;
}

/** A ledger to be tested, likewise. */
export interface OpenedLedger {
  readonly ledger: TempIDLedger;
  close(): Promise<void>;
}

/** Opens one store for all tests that `add` adds; they get it by a function, since it is not open yet. */
export function withStore<Store extends TempIDStore>(
  open: () => Promise<OpenedStore<Store>>,
  runner: TestRunner | undefined,
  add: (it: TestRunner['it'], store: () => Store) => void,
): void {
  withOpened(open, runner, (it, opened) => add(it, () => opened().store));
}

/** As {@link withStore}, of whatever is opened and closed. */
export function withOpened<Opened extends { close(): Promise<void> }>(
  open: () => Promise<Opened>,
  runner: TestRunner = globalRunner(),
  add: (it: TestRunner['it'], opened: () => Opened) => void,
): void {
  let opened: Opened | undefined;
  runner.beforeAll(async () => {
    opened = await open();
  });
  runner.afterAll(async () => {
    await opened?.close();
  });
  add(
    (name, test) => runner.it(name, test),
    () => {
      if (!opened) throw new Error('What is to be tested could not be opened.');
      return opened;
    },
  );
}

/** @throws Error where the test runner puts nothing into the global scope */
function globalRunner(): TestRunner {
  const { it, beforeAll, afterAll } = globalThis as Partial<TestRunner>;
  if (it && beforeAll && afterAll) return { it, beforeAll, afterAll };
  throw new Error(
    'The contract of stores needs a test runner: give it { it, beforeAll, afterAll } as its second argument.',
  );
}

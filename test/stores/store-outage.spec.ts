import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  MemoryTempIDStore,
  TempIDModule,
  TempIDService,
  TempIDStoreUnavailableError,
} from '../../src/index.js';
import { SECRET } from '../support/secrets.js';
import { createService } from '../support/service.js';

/** A store that answers, or fails, as it is told. */
class FickleStore extends MemoryTempIDStore {
  failure: string | null = null;

  override async consume(...args: Parameters<MemoryTempIDStore['consume']>) {
    if (this.failure !== null) throw new Error(this.failure);
    return super.consume(...args);
  }

  override async purgeExpired(now: Date): Promise<number> {
    if (this.failure !== null) throw new Error(this.failure);
    return super.purgeExpired(now);
  }
}

describe('the outage of a store', () => {
  const lines: string[] = [];
  let store: FickleStore;

  beforeEach(() => {
    jest.useFakeTimers();
    lines.length = 0;
    store = new FickleStore();
    for (const level of ['error', 'warn', 'log'] as const) {
      jest.spyOn(Logger.prototype, level).mockImplementation((message: unknown) => {
        lines.push(`${level}: ${String(message)}`);
      });
    }
  });

  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  async function use(times: number, service = createService({}, store)): Promise<void> {
    const token = await service.mint({ maxUses: 1_000 });
    for (let time = 0; time < times; time++) {
      const answer = await service.use(token).catch((error: unknown) => error);
      expect([true, expect.any(TempIDStoreUnavailableError)]).toContainEqual(answer);
    }
  }

  it('an outage logs a line when it begins, one for all calls of ten seconds, and one when it is over', async () => {
    store.failure = 'no connection';
    await use(100);
    expect(lines).toEqual([
      expect.stringMatching(/^error: FickleStore does not answer, .*answer 503: no connection$/),
    ]);
    jest.advanceTimersByTime(10_000);
    await use(1);
    jest.advanceTimersByTime(10_000);
    expect(lines.slice(1)).toEqual([
      'warn: FickleStore did not answer 100 calls within 10s: no connection',
      'warn: FickleStore did not answer 1 call within 10s: no connection',
    ]);
    store.failure = null;
    await use(3);
    jest.advanceTimersByTime(10_000);
    expect(lines.slice(3)).toEqual([
      'log: FickleStore answers again, after 20s: 101 calls failed in all.',
    ]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('an outage in which only some calls are answered is logged as one', async () => {
    for (let round = 0; round < 5; round++) {
      store.failure = round % 2 ? null : 'one of the servers is away';
      await use(2);
      jest.advanceTimersByTime(4_000);
    }
    expect(lines.filter((line) => line.startsWith('error'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('log'))).toEqual([]);
  });

  it('an outage of one call is logged as over, too', async () => {
    store.failure = 'a hiccup';
    await use(1);
    store.failure = null;
    await use(1);
    jest.advanceTimersByTime(20_000);
    expect(lines.map((line) => line.slice(0, 28))).toEqual([
      'error: FickleStore does not ',
      'warn: FickleStore did not an',
      'log: FickleStore answers aga',
    ]);
  });

  it('an outage logs nothing while nobody calls, and a second one is logged again', async () => {
    store.failure = 'away';
    await use(1);
    jest.advanceTimersByTime(600_000);
    expect(lines).toHaveLength(2);
    expect(jest.getTimerCount()).toBe(0);
    store.failure = null;
    await use(1);
    jest.advanceTimersByTime(10_000);
    store.failure = 'away again';
    await use(1);
    expect(lines.slice(2)).toEqual([
      expect.stringContaining('answers again, after 10m 0s: 1 call failed in all.'),
      expect.stringMatching(/does not answer, .*: away again$/),
    ]);
  });

  it('an outage of a store that two modules share is logged once', async () => {
    store.failure = 'away';
    for (const service of [createService({}, store), createService({}, store)]) {
      await use(2, service);
    }
    expect(lines).toHaveLength(1);
  });

  it('an outage is not over where purgeExpired returns 0 without asking the server', async () => {
    jest.spyOn(store, 'purgeExpired').mockResolvedValue(0);
    store.failure = 'away';
    await use(1);
    jest.advanceTimersByTime(20_000);
    await createService({}, store).purgeExpired();
    jest.advanceTimersByTime(20_000);
    expect(lines.filter((line) => line.startsWith('log'))).toEqual([]);
  });

  it('a purge that fails while uses are answered is no outage', async () => {
    jest.spyOn(store, 'purgeExpired').mockRejectedValue(new Error('permission denied'));
    await expect(createService({}, store).purgeExpired()).rejects.toThrow(
      TempIDStoreUnavailableError,
    );
    await use(1);
    jest.advanceTimersByTime(20_000);
    expect(lines).toEqual([]);
  });

  it('the line of an outage holds no password of an address', async () => {
    store.failure = 'Failed to parse https://user:pass%20word@counts.example/uses';
    await use(1);
    expect(lines).toEqual([
      expect.stringMatching(/: Failed to parse https:\/\/counts\.example\/uses$/),
    ]);
  });

  it('an outage is logged to its last call when the application ends, and nothing later', async () => {
    const imports = [TempIDModule.forRoot({ secret: SECRET, store: FickleStore })];
    const context = await NestFactory.createApplicationContext(
      { module: class {}, imports },
      { logger: false },
    );
    context.get(FickleStore, { strict: false }).failure = 'away';
    lines.length = 0;
    await use(3, context.get(TempIDService));
    await context.close();
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/^warn: FickleStore did not answer 3 calls within 10s: away$/),
    ]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('an outage keeps no process alive', async () => {
    const setInterval = jest.spyOn(globalThis, 'setInterval');
    store.failure = 'away';
    await use(1);
    const [timer] = setInterval.mock.results.map(({ value }) => value as NodeJS.Timeout);
    expect(timer?.hasRef()).toBe(false);
  });
});

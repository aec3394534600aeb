import { Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  MemoryTempIDStore,
  TempIDModule,
  type TempIDModuleOptions,
  TempIDService,
  TempIDStore,
} from '../../src/index.js';
import { SECRET } from '../support/secrets.js';

/** Nest makes a new one for each application. */
class OwnStore extends MemoryTempIDStore {}

let module: TestingModule;

async function start(options: TempIDModuleOptions = {}): Promise<void> {
  const imports = [TempIDModule.forRoot({ secret: SECRET, store: OwnStore, ...options })];
  module = await Test.createTestingModule({ imports }).compile();
  await module.init();
}

/** The timers of the module, but not the turns of the event loop. */
function setTimers(): void {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
}

afterEach(async () => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  await module.close();
});

describe('purging', () => {
  it('expired counts are purged every purgeInterval, until the application is closed', async () => {
    setTimers();
    await start({ purgeInterval: '5m' });
    const store = module.get<MemoryTempIDStore>(TempIDStore);
    const tempid = module.get(TempIDService);
    await tempid.use(await tempid.mint({ maxUses: 1, expiresIn: '1m' }));
    await jest.advanceTimersByTimeAsync(60 * 60_000);
    expect(store.size).toBe(1);
    await jest.advanceTimersByTimeAsync(6 * 60_000);
    expect(store.size).toBe(0);
    await module.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('nothing is purged with purgeInterval: false', async () => {
    setTimers();
    await start({ purgeInterval: false });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('a purge that fails is logged, and tried again', async () => {
    setTimers();
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await start({ purgeInterval: '1m' });
    const purge = jest.spyOn(module.get(TempIDStore), 'purgeExpired');
    purge.mockRejectedValue(new Error('no connection'));
    await jest.advanceTimersByTimeAsync(2 * 60_000);
    expect(purge).toHaveBeenCalledTimes(2);
    const line = expect.stringMatching(/^Expired counts were not removed: .* no connection$/);
    expect(warn.mock.calls).toEqual([[line], [line]]);
  });

  it('purging ends with the batch that runs when the application is closed', async () => {
    setTimers();
    await start({ purgeInterval: '1m' });
    const purge = jest.spyOn(module.get(TempIDStore), 'purgeExpired').mockResolvedValue(1_000);
    await jest.advanceTimersByTimeAsync(60_000);
    await module.close();
    const batches = purge.mock.calls.length;
    expect(batches).toBeGreaterThan(0);
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    expect(purge).toHaveBeenCalledTimes(batches);
  });

  it('purgeExpired ends with an error where a store does not return how many counts it purged', async () => {
    await start();
    const purge = jest.spyOn(module.get(TempIDStore), 'purgeExpired');
    purge.mockResolvedValue(undefined as never);
    await expect(module.get(TempIDService).purgeExpired()).rejects.toThrow('it gave no count');
  });

  it('purgeExpired ends by its signal, and returns how many counts were purged until then', async () => {
    await start();
    const ending = new AbortController();
    const purge = jest.spyOn(module.get(TempIDStore), 'purgeExpired');
    purge.mockResolvedValueOnce(1_000).mockImplementation(async () => {
      ending.abort();
      return 500;
    });
    const { signal } = ending;
    expect(await module.get(TempIDService).purgeExpired({ signal })).toBe(1_500);
    expect(purge).toHaveBeenCalledTimes(2);
  });
});

import { Injectable, Module } from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  type BoundToken,
  defineTempID,
  MemoryTempIDStore,
  type TempIDBinding,
  TempIDModule,
  TempIDService,
  TempIDStoreUnavailableError,
} from '../../src/index.js';
import { loadInto, loadLazily } from '../support/lazy-module.js';
import { SECRET } from '../support/secrets.js';

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** Has every hook of Nest, and counts nothing before it has begun. */
function storeWithHooks() {
  const calls: string[] = [];
  let failures = 0;
  class StoreWithHooks extends MemoryTempIDStore {
    override async consume(...args: Parameters<MemoryTempIDStore['consume']>) {
      calls.push('consume');
      return super.consume(...args);
    }
    async onModuleInit(): Promise<void> {
      await Promise.resolve();
      if (failures-- > 0) throw new Error('there is no connection yet');
      calls.push('init');
    }
    async onApplicationBootstrap(): Promise<void> {
      calls.push('bootstrap');
    }
    async onModuleDestroy(): Promise<void> {
      calls.push('destroy');
    }
    async beforeApplicationShutdown(signal?: string): Promise<void> {
      calls.push(`before ${signal}`);
    }
    async onApplicationShutdown(signal?: string): Promise<void> {
      calls.push(`shutdown ${signal}`);
    }
  }
  const failAtFirst = (times: number) => {
    failures = times;
  };
  return { store: StoreWithHooks, calls, failAtFirst };
}

const END = ['destroy', 'before undefined', 'shutdown undefined'];

describe('A module that LazyModuleLoader loads', () => {
  it('a lazily loaded module begins its store before the first use, and ends it with the application', async () => {
    const { store, calls } = storeWithHooks();
    const { context, tempid } = await loadLazily({ store });
    expect(calls).toEqual([]);
    const { value } = await tempid.mint({ maxUses: 1 });
    const uses = await Promise.all([tempid.use(value), tempid.use(value)]);
    expect(uses.filter(Boolean)).toHaveLength(1);
    expect(calls).toEqual(['init', 'bootstrap', 'consume', 'consume']);
    await context.close();
    expect(calls.slice(4)).toEqual(END);
  });

  it('a lazily loaded module lets nothing through while its store cannot begin, and tries that again', async () => {
    const { store, calls, failAtFirst } = storeWithHooks();
    // The mint has it begin for the first time.
    failAtFirst(3);
    const { context, tempid } = await loadLazily({ store });
    const { value } = await tempid.mint({ maxUses: 1 });
    const use = () => tempid.use(value);
    await expect(use()).rejects.toThrow(TempIDStoreUnavailableError);
    await expect(use()).rejects.toThrow('there is no connection yet');
    expect([await use(), await use()]).toEqual([true, false]);
    expect(calls).toEqual(['init', 'bootstrap', 'consume', 'consume']);
    await context.close();
  });

  it('a lazily loaded module ends no store that has not begun', async () => {
    const { store, calls } = storeWithHooks();
    const { context } = await loadLazily({ store });
    await context.close();
    expect(calls).toEqual([]);
  });

  it('a lazily loaded module purges from its first use on, until the application ends', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    class OwnStore extends MemoryTempIDStore {}
    const { context, tempid, store } = await loadLazily({ store: OwnStore, purgeInterval: '5m' });
    const size = () => (store as OwnStore).size;
    await tempid.use(await tempid.mint({ maxUses: 1, expiresIn: '1m' }));
    expect(size()).toBe(1);
    await jest.advanceTimersByTimeAsync(66 * 60_000);
    expect(size()).toBe(0);
    await context.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('a lazily loaded module shares the service of the module that the application has', async () => {
    const shared = TempIDModule.forRoot({ secret: SECRET });
    @Injectable()
    class Feature {
      constructor(readonly tempid: TempIDService) {}
    }
    @Module({ imports: [shared], providers: [Feature] })
    class Lazy {}
    @Module({ imports: [shared] })
    class Root {}
    const context = await NestFactory.createApplicationContext(Root, { logger: false });
    const loaded = await context.get(LazyModuleLoader).load(() => Lazy);
    expect(loaded.get(Feature).tempid).toBe(context.get(TempIDService));
    await context.close();
  });

  it('a lazily loaded module counts in the MemoryTempIDStore of the process', async () => {
    const one = await loadLazily({ store: MemoryTempIDStore });
    const other = await loadInto(one.context, { store: MemoryTempIDStore });
    const { value } = await one.tempid.mint({ maxUses: 1 });
    expect([await one.tempid.use(value), await other.tempid.use(value)]).toEqual([true, false]);
    await one.context.close();
  });
});

describe('A module that Nest calls the hooks of', () => {
  it('a store begins and ends once, where it is used before Nest begins it', async () => {
    const { store, calls } = storeWithHooks();
    @Module({
      imports: [TempIDModule.forRoot({ secret: SECRET, store })],
      providers: [
        {
          provide: 'early',
          inject: [TempIDService],
          useFactory: async (tempid: TempIDService) =>
            tempid.use(await tempid.mint({ maxUses: 1 })),
        },
      ],
    })
    class Root {}
    const context = await NestFactory.createApplicationContext(Root, {
      logger: false,
      abortOnError: false,
    });
    expect(context.get('early')).toBe(true);
    expect(calls).toEqual(['init', 'bootstrap', 'consume']);
    await context.close();
    expect(calls.slice(3)).toEqual(END);
  });

  it('the hooks run once for a module that was loaded before the application was initialized', async () => {
    const { store, calls } = storeWithHooks();
    @Module({})
    class Root {}
    const app = await NestFactory.create(Root, { logger: false, abortOnError: false });
    const { tempid } = await loadInto(app, { store });
    await app.init();
    await tempid.use(await tempid.mint({ maxUses: 1 }));
    expect(calls).toEqual(['init', 'bootstrap', 'consume']);
    await app.close();
    expect(calls.slice(3)).toEqual(END);
  });

  it('a store ends once, where the application ends without having been initialized', async () => {
    const { store, calls } = storeWithHooks();
    @Module({ imports: [TempIDModule.forRoot({ secret: SECRET, store })] })
    class Root {}
    const app = await NestFactory.create(Root, { logger: false, abortOnError: false });
    const tempid = app.get(TempIDService);
    await tempid.use(await tempid.mint({ maxUses: 1 }));
    await app.close();
    expect(calls).toEqual(['init', 'bootstrap', 'consume', ...END]);
  });
});

@Injectable()
class HashBinding implements TempIDBinding {
  resolve({ subject }: BoundToken): string {
    return `hash of ${subject}`;
  }
}

describe('Kinds of a module that LazyModuleLoader loads', () => {
  const Reset = defineTempID({ purpose: 'reset', maxUses: 1, boundTo: HashBinding });
  @Module({ imports: [TempIDModule.forFeature([Reset])], providers: [HashBinding] })
  class ResetModule {}

  @Module({ imports: [TempIDModule.forFeature([defineTempID({ purpose: 'reset' })])] })
  class OtherResetModule {}

  @Module({ imports: [TempIDModule.forFeature([Reset])] })
  class WithoutBinding {}

  const start = async () => {
    const imports = [TempIDModule.forRoot({ secret: SECRET, isGlobal: true })];
    const root = { module: class Root {}, imports };
    return NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
  };

  it('kinds of a lazily loaded module look up what their tokens are bound to by a class of that module', async () => {
    const context = await start();
    const tempid = context.get(TempIDService);
    const mint = () => tempid.mint(Reset, null, { subject: 'ada' });
    await expect(mint()).rejects.toThrow('give the kind to TempIDModule.forFeature');
    await context.get(LazyModuleLoader).load(() => ResetModule);
    const { value } = await mint();
    expect((await tempid.verify(value, Reset))?.subject).toBe('ada');
    await expect(tempid.verify(value, { purpose: 'reset', boundTo: 'else' })).resolves.toBeNull();
    await context.close();
  });

  it('kinds of a lazily loaded module are refused where another module has the purpose, or where their binding class is missing', async () => {
    const context = await start();
    const loader = context.get(LazyModuleLoader);
    await expect(loader.load(() => WithoutBinding)).rejects.toThrow(
      'add HashBinding to the providers of WithoutBinding',
    );
    await loader.load(() => ResetModule);
    await expect(loader.load(() => OtherResetModule)).rejects.toThrow(
      `Two kinds have the purpose 'reset', one of ResetModule and one of OtherResetModule`,
    );
    await context.close();
  });
});

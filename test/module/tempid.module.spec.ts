import { inspect } from 'node:util';
import { Inject, Injectable, Logger, Module, type ModuleMetadata } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { tempidConfig } from '../../src/config/index.js';
import {
  type ConsumeResult,
  MemoryTempIDStore,
  TempIDConfigurationError,
  TempIDModule,
  type TempIDModuleOptions,
  type TempIDOptionsFactory,
  TempIDService,
  TempIDStore,
} from '../../src/index.js';
import { TEMPID_OPTIONS } from '../../src/config/module-definition.js';
import { SECRET } from '../support/secrets.js';

const environment = { ...process.env };
const started: TestingModule[] = [];

async function start(metadata: ModuleMetadata): Promise<TestingModule> {
  const module = await Test.createTestingModule(metadata).compile();
  started.push(module);
  return module.init();
}

afterEach(async () => {
  jest.restoreAllMocks();
  process.env = { ...environment };
  for (const module of started.splice(0)) await module.close();
});

describe('TempIDModule', () => {
  it('TempIDModule needs no options outside production', async () => {
    jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const tempid = (await start({ imports: [TempIDModule.forRoot()] })).get(TempIDService);
    const token = await tempid.mint({ maxUses: 1 });
    expect([await tempid.use(token.value), await tempid.use(token.value)]).toEqual([true, false]);
  });

  it('TempIDModule does not start in production without a secret', async () => {
    process.env['NODE_ENV'] = 'production';
    delete process.env['TEMPID_SECRET'];
    await expect(start({ imports: [TempIDModule.forRoot()] })).rejects.toThrow('TEMPID_SECRET');
  });

  it.each([
    ['TEMPID_SECRET', undefined, `${SECRET}\n`],
    ['TEMPID_SECRET', `${SECRET}\n`, `${SECRET}\n`],
    [`The option 'secret'`, ` ${SECRET}`, undefined],
    [`The option 'secret'`, ['x'.repeat(32), { secret: `${SECRET},${SECRET}2 ` }], SECRET],
    ['The SecretProvider', { getSecrets: () => `${SECRET} ` }, undefined],
  ])(
    'the start warns once that %s has white space at the ends of a secret',
    async (name, secret, text) => {
      if (text !== undefined) process.env['TEMPID_SECRET'] = text;
      const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
      const module = await start({ imports: [TempIDModule.forRoot({ secret })] });
      await module.get(TempIDService).verify((await module.get(TempIDService).mint()).value);
      expect(warn.mock.calls).toEqual([
        [expect.stringContaining(`${name} has a secret with white space`)],
      ]);
      expect(warn.mock.calls.join()).not.toContain(SECRET);
    },
  );

  it('the start warns of white space in tempidConfig by the name of the variable', async () => {
    process.env['TEMPID_SECRET'] = `${SECRET} `;
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await start({
      imports: [
        ConfigModule.forRoot({ ignoreEnvFile: true, load: [tempidConfig] }),
        TempIDModule.forRootAsync(tempidConfig.asProvider()),
      ],
    });
    expect(warn.mock.calls).toEqual([[expect.stringContaining('TEMPID_SECRET has a secret')]]);
  });

  it.each([[SECRET], [[SECRET, Buffer.from(` ${SECRET} `)]], [`${SECRET}, `], [`a${SECRET} b`]])(
    'the start does not warn of a secret without white space at its ends, nor of bytes: %j',
    async (secret) => {
      const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
      await start({ imports: [TempIDModule.forRoot({ secret })] });
      expect(warn).not.toHaveBeenCalled();
    },
  );

  it('the start warns once in production that no store was chosen, and names the cure', async () => {
    process.env['NODE_ENV'] = 'production';
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const module = await start({ imports: [TempIDModule.forRoot({ secret: SECRET })] });
    await module.get(TempIDService).use(await module.get(TempIDService).mint({ maxUses: 1 }));
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining(`the option 'store'`));
  });

  it('the start does not warn of a store that was chosen', async () => {
    process.env['NODE_ENV'] = 'production';
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const store = MemoryTempIDStore;
    await start({ imports: [TempIDModule.forRoot({ secret: SECRET, store })] });
    expect(warn).not.toHaveBeenCalled();
  });

  it('the start warns of accepted formats that can never verify beside an issuer or an audience', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const options = { secret: SECRET, accept: ['v3', 'v2'] } as const;
    await start({ imports: [TempIDModule.forRoot(options)] });
    await start({ imports: [TempIDModule.forRoot({ secret: SECRET, issuer: 'auth' })] });
    expect(warn).not.toHaveBeenCalled();
    const issued = { ...options, issuer: 'auth' };
    const { value } = await (
      await start({ imports: [TempIDModule.forRoot(options)] })
    )
      .get(TempIDService)
      .mint({ format: 'v2' });
    const module = await start({ imports: [TempIDModule.forRoot(issued)] });
    expect(await module.get(TempIDService).verify(value)).toBeNull();
    expect(warn.mock.calls.flat()).toEqual([expect.stringContaining(`'accept' names v2, whose`)]);
  });

  it('TempIDModule counts the uses of one token once, though it is imported twice', async () => {
    const one = (await start({ imports: [TempIDModule.forRoot({ secret: SECRET })] })).get(
      TempIDService,
    );
    const other = (await start({ imports: [TempIDModule.forRoot({ secret: SECRET })] })).get(
      TempIDService,
    );
    const { value } = await one.mint({ maxUses: 1 });
    expect([await one.use(value), await other.use(value)]).toEqual([true, false]);
  });

  it.each([
    ['its class', MemoryTempIDStore],
    ['what its register returns', MemoryTempIDStore.register()],
  ])(
    'TempIDModule counts in one MemoryTempIDStore, however often %s is given',
    async (_, store) => {
      const forRoot = () => TempIDModule.forRoot({ secret: SECRET, store });
      @Module({ imports: [forRoot()] })
      class Feature {}
      const module = await start({ imports: [forRoot(), Feature] });
      const other = await start({ imports: [TempIDModule.forRoot({ secret: SECRET })] });
      const one = module.get(TempIDService);
      const { value } = await one.mint({ maxUses: 1 });
      const feature = module.select(Feature).get(TempIDService, { strict: false });
      const uses = [one, feature, other.get(TempIDService)].map((tempid) => tempid.use(value));
      expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
      expect(module.get(MemoryTempIDStore)).toBe(module.get(TempIDStore));
    },
  );

  it('a test gets a MemoryTempIDStore of its own, and Nest makes a class that extends it', async () => {
    class OwnStore extends MemoryTempIDStore {}
    const fresh = new MemoryTempIDStore();
    const overridden = Test.createTestingModule({
      imports: [TempIDModule.forRoot({ secret: SECRET, store: MemoryTempIDStore })],
    }).overrideProvider(TempIDStore);
    const modules = [
      await overridden.useValue(fresh).compile(),
      await start({ imports: [TempIDModule.forRoot({ secret: SECRET, store: OwnStore })] }),
      await start({ imports: [TempIDModule.forRoot({ secret: SECRET, store: OwnStore })] }),
    ];
    const [tempid] = modules.map((module) => module.get(TempIDService));
    const token = await tempid?.mint({ maxUses: 1 });
    const uses = modules.map((module) => module.get(TempIDService).use(String(token)));
    expect(await Promise.all(uses)).toEqual([true, true, true]);
    expect(fresh.size).toBe(1);
  });

  it('TempIDModule shows no secret to who prints its parts', async () => {
    const module = await start({ imports: [TempIDModule.forRoot({ secret: SECRET })] });
    const printed = inspect([module.get(TempIDService), module.get(TEMPID_OPTIONS)], {
      depth: 10,
      showHidden: true,
    });
    expect(printed).not.toContain(SECRET);
  });

  it('TempIDModule is there for every module where it is global, and only for its importer otherwise', async () => {
    @Injectable()
    class Feature {
      constructor(readonly tempid: TempIDService) {}
    }
    @Module({ providers: [Feature] })
    class FeatureModule {}

    const withGlobal = (isGlobal: boolean) =>
      start({ imports: [TempIDModule.forRoot({ secret: SECRET, isGlobal }), FeatureModule] });
    expect((await withGlobal(true)).get(Feature).tempid).toBeInstanceOf(TempIDService);
    await expect(withGlobal(false)).rejects.toThrow('TempIDService');
  });

  it.each<[string, TempIDModuleOptions]>([
    ['secret', { secret: 'short' }],
    ['leeway', { leeway: '5 seconds' as '5s' }],
    ['leeway', { leeway: '2h' }],
    ['purgeInterval', { purgeInterval: '25d' }],
    ['issuer', { issuer: 'me', format: 'v2' }],
    ['formats', { accept: ['v9' as 'v2'] }],
  ])('TempIDModule does not start with a wrong %s', async (name, options) => {
    const starting = start({ imports: [TempIDModule.forRoot({ secret: SECRET, ...options })] });
    await expect(starting).rejects.toThrow(TempIDConfigurationError);
    await expect(starting).rejects.toThrow(new RegExp(name, 'i'));
  });
});

describe('TempIDModule.forRootAsync', () => {
  const options = { secret: SECRET, issuer: 'async' } satisfies TempIDModuleOptions;

  @Injectable()
  class Factory implements TempIDOptionsFactory {
    createTempIDOptions(): TempIDModuleOptions {
      return options;
    }
  }

  @Module({ providers: [Factory], exports: [Factory] })
  class FactoryModule {}

  const issuerWith = async (definition: Parameters<typeof TempIDModule.forRootAsync>[0]) => {
    const module = await start({ imports: [TempIDModule.forRootAsync(definition)] });
    return (await module.get(TempIDService).mint()).issuer;
  };

  it('forRootAsync takes useFactory with what it injects', async () => {
    const useFactory = async (factory: Factory) => factory.createTempIDOptions();
    expect(await issuerWith({ imports: [FactoryModule], inject: [Factory], useFactory })).toBe(
      'async',
    );
  });

  it('forRootAsync takes useClass', async () => {
    expect(await issuerWith({ useClass: Factory })).toBe('async');
  });

  it('forRootAsync takes useExisting', async () => {
    expect(await issuerWith({ imports: [FactoryModule], useExisting: Factory })).toBe('async');
  });

  it('a feature module may import the class alone where the module is global', async () => {
    @Module({ imports: [TempIDModule] })
    class FeatureModule {}
    const module = await Test.createTestingModule({
      imports: [TempIDModule.forRoot({ secret: SECRET, isGlobal: true }), FeatureModule],
    }).compile();
    const app = module.createNestApplication();
    await expect(app.init()).resolves.toBe(app);
    await app.close();
  });

  it('forRootAsync takes the namespace of @nestjs/config, and a store and isGlobal beside it', async () => {
    Object.assign(process.env, { TEMPID_SECRET: SECRET, TEMPID_ISSUER: 'environment' });
    const module = await start({
      imports: [
        ConfigModule.forRoot({ ignoreEnvFile: true }),
        TempIDModule.forRootAsync({
          ...tempidConfig.asProvider(),
          store: MemoryTempIDStore,
          isGlobal: true,
        }),
      ],
    });
    expect((await module.get(TempIDService).mint()).issuer).toBe('environment');
  });

  it('forRootAsync refuses a store that the factory returns, and says where it belongs', async () => {
    const useFactory = () => ({ ...options, store: MemoryTempIDStore });
    await expect(issuerWith({ useFactory })).rejects.toThrow('beside useFactory');
  });
});

describe('a store of the application', () => {
  it('a store of the application is given as a class, with its own dependencies', async () => {
    const counts = new Map<string, number>();

    @Injectable()
    class OwnStore extends TempIDStore {
      constructor(@Inject('COUNTS') private readonly own: Map<string, number>) {
        super();
      }

      override async consume(id: string, maxUses: number): Promise<ConsumeResult> {
        const used = (this.own.get(id) ?? 0) + 1;
        if (used > maxUses) return { allowed: false, used: maxUses };
        this.own.set(id, used);
        return { allowed: true, used };
      }

      override used = async (id: string) => this.own.get(id) ?? 0;
      override refund = async () => {};
      override revoke = async () => {};
      override purgeExpired = async () => 0;
    }

    @Module({ providers: [{ provide: 'COUNTS', useValue: counts }], exports: ['COUNTS'] })
    class CountsModule {}

    const own = { store: OwnStore, imports: [CountsModule] };
    const module = await start({ imports: [TempIDModule.forRoot({ secret: SECRET, store: own })] });
    const tempid = module.get(TempIDService);
    const token = await tempid.mint({ maxUses: 1 });
    expect([await tempid.use(token), await tempid.use(token)]).toEqual([true, false]);
    expect(counts.get(token.id)).toBe(1);
    expect(module.get(TempIDStore)).toBeInstanceOf(OwnStore);
  });
});

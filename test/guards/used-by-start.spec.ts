import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  Injectable,
  Logger,
  Module,
  Post,
  Scope,
  type Type,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  type ConsumeResult,
  MemoryTempIDStore,
  TempIDGuard,
  TempIDLink,
  TempIDModule,
  TempIDStore,
  type TempIDStoreOption,
  UseTempID,
  UseTempIDCode,
} from '../../src/index.js';
import { TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import { json, startApp } from '../support/http.js';
import { SECRET } from '../support/secrets.js';

/** A store of an application that does not know who used a token. */
class KnowsNobody extends TempIDStore {
  override async consume(): Promise<ConsumeResult> {
    return { allowed: true, used: 1 };
  }
  override async used(): Promise<number> {
    return 0;
  }
  override async refund(): Promise<void> {}
  override async revoke(): Promise<void> {}
  override async purgeExpired(): Promise<number> {
    return 0;
  }
}

@Controller()
class ByController {
  @Post('by')
  @UseTempID({ consume: true, by: () => 'anna' })
  by(): string {
    return 'in';
  }
}

@Controller()
class LinkController {
  @TempIDLink('link', { grace: '10s' })
  link(): string {
    return 'in';
  }
}

@Controller()
@UseTempIDCode({ purpose: 'login', grace: '10s' })
class CodeController {
  @Post('code')
  code(): string {
    return 'in';
  }
}

@Controller()
class PlainController {
  @Post('plain')
  @UseTempID({ consume: true })
  plain(): string {
    return 'in';
  }
}

@Injectable({ scope: Scope.REQUEST })
class GuardOfRequest extends TempIDGuard {}

@Controller()
class LateController {
  @Post('late')
  @UseTempID({ consume: true, by: () => 'anna', guard: GuardOfRequest })
  late(): string {
    return 'never';
  }
}

const moduleOf = (store: TempIDStoreOption, controller: Type): Type => {
  class FeatureModule {}
  Module({
    imports: [TempIDModule.forRoot({ secret: SECRET, store })],
    controllers: [controller],
  })(FeatureModule);
  return FeatureModule;
};

/** Starts an application, and ends it. */
const start = async (imports: Type[], guard?: CanActivate) => {
  const builder = Test.createTestingModule({
    imports: [
      TypeOrmModule.forRoot({
        type: 'better-sqlite3',
        database: ':memory:',
        autoLoadEntities: true,
        synchronize: true,
      }),
      ...imports,
    ],
  });
  if (guard) builder.overrideGuard(TempIDGuard).useValue(guard);
  const app = (await builder.compile()).createNestApplication({ logger: false });
  try {
    await app.init();
  } finally {
    await app.close();
  }
  return 'started';
};

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the start of an application whose store does not know who used a token', () => {
  it.each([
    [ByController, 'ByController.by'],
    [LinkController, 'LinkController.link'],
    [CodeController, 'CodeController.code'],
  ])('the start names the handler that would let nobody in (%p)', async (controller, handler) => {
    await expect(start([moduleOf(KnowsNobody, controller)])).rejects.toMatchObject({
      code: 'TEMPID_CONFIGURATION',
      message: `${handler} has 'by' or 'grace', and would let nobody in: KnowsNobody does not know who used a token: for 'by' it must have a method 'usedBy'.`,
    });
  });

  it('the start says which option and which table TypeOrmTempIDStore lacks', async () => {
    const registration = TypeOrmTempIDStore.register({ revocations: true });
    await expect(start([moduleOf(registration, ByController)])).rejects.toMatchObject({
      code: 'TEMPID_CONFIGURATION',
      message: expect.stringMatching(/^ByController\.by .* 'usedBy: true', .* tempid_used_by /),
    });
  });

  it('an application starts whose TypeOrmTempIDStore knows who used a token', async () => {
    const registration = TypeOrmTempIDStore.register({ usedBy: true });
    expect(await start([moduleOf(registration, ByController)])).toBe('started');
  });

  it('an application starts where no handler asks by whom a token is used', async () => {
    expect(await start([moduleOf(KnowsNobody, PlainController)])).toBe('started');
  });

  it('of several modules with stores each handler is asked about by its own', async () => {
    const others = moduleOf(KnowsNobody, PlainController);
    expect(await start([others, moduleOf(MemoryTempIDStore, ByController)])).toBe('started');
    const wrong = [
      moduleOf(KnowsNobody, ByController),
      moduleOf(MemoryTempIDStore, LinkController),
    ];
    await expect(start(wrong)).rejects.toThrow('ByController.by has');
  });

  it('a test that overrides the guard needs no store that knows people', async () => {
    const guard = { canActivate: () => true };
    expect(await start([moduleOf(KnowsNobody, ByController)], guard)).toBe('started');
  });

  it('a guard that is made for each request answers 500, and lets nobody in', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const { app, tempid, send } = await startApp('Express', [LateController], {
      store: KnowsNobody,
    });
    const { value } = await tempid.mint({ maxUses: 3 });
    expect(await send('/late', json({ token: value }))).toMatchObject({ status: 500 });
    expect(String(error.mock.calls[0]?.[0])).toContain(`it must have a method 'usedBy'`);
    await app.close();
  });
});

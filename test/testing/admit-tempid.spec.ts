import {
  Controller,
  Get,
  type INestApplication,
  Logger,
  Post,
  Redirect,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import {
  CurrentTempID,
  defineTempID,
  type PayloadOf,
  TempID,
  TempIDCodeGuard,
  TempIDConfigurationError,
  TempIDGuard,
  TempIDLink,
  TempIDLinkGuard,
  TempIDModule,
  TempIDPayloadError,
  TempIDService,
  TokenPayload,
  UseTempID,
  UseTempIDCode,
} from '../../src/index.js';
import { admitTempID } from '../../src/testing/index.js';
import { json, PLATFORMS, type Platform, startApp } from '../support/http.js';
import { SECRET } from '../support/secrets.js';

const PasswordReset = defineTempID({
  purpose: 'password-reset',
  audience: 'web',
  maxUses: 1,
  schema: z.object({ userId: z.number(), at: z.iso.datetime().transform((at) => new Date(at)) }),
});

class AuditedGuard extends TempIDGuard {}

const told: unknown[] = [];

@Controller()
class ResetController {
  @Post('reset')
  @UseTempID({ purpose: 'password-reset', consume: 'on-success' })
  reset(@TokenPayload('userId') userId: number, @CurrentTempID() token: TempID) {
    told.push(token);
    return { userId, subject: token.subject, purpose: token.purpose, audience: token.audience };
  }

  @Post('fail')
  @UseTempID({ consume: 'on-success' })
  fail(): void {
    throw new Error('the handler failed');
  }

  @Post('kind')
  @UseTempID(PasswordReset, { consume: true })
  kind(@TokenPayload() { userId, at }: PayloadOf<typeof PasswordReset>) {
    return { userId, year: at.getUTCFullYear() };
  }

  @Post('code')
  @UseTempIDCode({ purpose: 'login' })
  code(@CurrentTempID() { subject }: TempID) {
    return { subject };
  }

  @TempIDLink('link', { purpose: 'login' })
  @Redirect('/home', 303)
  link(@TokenPayload('userId') userId: number) {
    return { url: `/home/${userId}` };
  }

  @Post('audited')
  @UseTempID({ guard: AuditedGuard })
  audited(@TokenPayload('userId') userId: number) {
    return { userId };
  }
}

@Controller('of-class')
@UseTempID(true)
class OfClassController {
  @Get()
  ofClass(@TokenPayload() payload: unknown) {
    return { payload };
  }

  @Get('own')
  @UseTempID()
  own(@TokenPayload() payload: unknown) {
    return { payload };
  }
}

@Controller('service')
class ServiceController {
  constructor(private readonly tempid: TempIDService) {}

  @Post(':call')
  @UseTempID()
  async hand(@CurrentTempID() token: TempID) {
    return {
      isVerified: (await this.tempid.verify(token.value)) !== null,
      isUsed: await this.tempid.use(token),
      isUsedByText: await this.tempid.use(token.value),
      refunded: await this.tempid.refund(token).catch(codeOf),
      revoked: await this.tempid.revoke(token).catch(codeOf),
      info: await this.tempid.usesInfo(token).catch(codeOf),
    };
  }
}

const codeOf = (error: unknown) => Reflect.get(Object(error), 'code');

function testingModule(controllers: Type[], providers: object[] = []): TestingModuleBuilder {
  return Test.createTestingModule({
    imports: [TempIDModule.forRoot({ secret: SECRET })],
    controllers,
    providers: providers as [],
  });
}

async function listen(builder: TestingModuleBuilder, platform: Platform) {
  const module = await builder.compile();
  const app: INestApplication =
    platform === 'Fastify'
      ? module.createNestApplication(new FastifyAdapter(), { logger: false })
      : module.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const post = async (path: string) => {
    const response = await fetch(url + path, { ...json({}), redirect: 'manual' });
    const text = await response.text();
    const body: unknown = text.startsWith('{') ? JSON.parse(text) : text;
    return { response, status: response.status, body };
  };
  return { app, url, post };
}

describe.each(PLATFORMS)('admitTempID() in place of a guard on %s', (platform) => {
  it('should let a request through without a token, and give the handler one', async () => {
    const guard = admitTempID({
      purpose: 'p',
      subject: 'ada',
      audience: 'web',
      payload: { userId: 7 },
    });
    const builder = testingModule([ResetController]).overrideGuard(TempIDGuard).useValue(guard);
    const { app, post } = await listen(builder, platform);
    expect((await post('/reset')).body).toEqual({
      userId: 7,
      subject: 'ada',
      purpose: 'p',
      audience: 'web',
    });
    expect(told.pop()).toBeInstanceOf(TempID);
    await app.close();
  });

  it('should work on a class, and on a handler of that class with a decorator of its own', async () => {
    const guard = admitTempID({ payload: { teamId: 3 } });
    const builder = testingModule([OfClassController]).overrideGuard(TempIDGuard).useValue(guard);
    const { app, url } = await listen(builder, platform);
    for (const path of ['/of-class', '/of-class/own']) {
      expect(await (await fetch(url + path)).json()).toEqual({ payload: { teamId: 3 } });
    }
    await app.close();
  });

  it('should read the payload by the schema of a kind, as a token of that kind does', async () => {
    const guard = admitTempID(PasswordReset, { userId: 7, at: '2031-02-03T04:05:06Z' });
    const builder = testingModule([ResetController]).overrideGuard(TempIDGuard).useValue(guard);
    const { app, post } = await listen(builder, platform);
    expect((await post('/kind')).body).toEqual({ userId: 7, year: 2031 });
    await app.close();
  });

  it('should take a kind whose tokens are tracked, of which no ledger keeps one', async () => {
    const Invite = defineTempID<{ userId: number }>({ purpose: 'invite', tracked: true });
    const guard = admitTempID(Invite, { userId: 7 });
    const builder = testingModule([ResetController]).overrideGuard(TempIDGuard).useValue(guard);
    const { app, post } = await listen(builder, platform);
    const { body } = await post('/reset');
    await app.close();
    expect(body).toMatchObject({ userId: 7, purpose: 'invite' });
  });

  it('should stand for the guards of codes, of links and of an application, each by its name', async () => {
    const guard = admitTempID({ subject: 'ada', payload: { userId: 7 } });
    const builder = testingModule([ResetController])
      .overrideGuard(TempIDCodeGuard)
      .useValue(guard)
      .overrideGuard(TempIDLinkGuard)
      .useValue(guard)
      .overrideGuard(AuditedGuard)
      .useValue(guard);
    const { app, url, post } = await listen(builder, platform);
    expect((await post('/code')).body).toEqual({ subject: 'ada' });
    expect((await post('/audited')).body).toEqual({ userId: 7 });
    const clicked = await post('/link');
    const opened = await fetch(`${url}/link`, { redirect: 'manual' });
    for (const { status, headers } of [clicked.response, opened]) {
      expect([status, headers.get('location')]).toEqual([303, '/home/7']);
    }
    expect((await post('/reset')).status).toBe(401);
    await app.close();
  });

  it('should leave the guards closed that were not overridden', async () => {
    const guard = admitTempID({ payload: { userId: 7 } });
    const builder = testingModule([ResetController]).overrideGuard(TempIDGuard).useValue(guard);
    const { app, post } = await listen(builder, platform);
    for (const path of ['/code', '/link', '/audited']) {
      expect((await post(path)).status).toBe(401);
    }
    await app.close();
  });

  it('should refund nothing where a handler with on-success fails', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const builder = testingModule([ResetController])
      .overrideGuard(TempIDGuard)
      .useValue(admitTempID({ maxUses: 1 }));
    const { app, post } = await listen(builder, platform);
    expect((await post('/fail')).status).toBe(500);
    expect((await post('/fail')).status).toBe(500);
    expect(error.mock.calls.flat().join(' ')).not.toContain('given back');
    error.mockRestore();
    await app.close();
  });
});

describe('the token of admitTempID()', () => {
  const running = async (guard = admitTempID()) =>
    listen(
      testingModule([ServiceController, ResetController])
        .overrideGuard(TempIDGuard)
        .useValue(guard),
      'Express',
    );

  it('should work with no call of the service', async () => {
    const { app, post } = await running();
    expect((await post('/service/all')).body).toEqual({
      isVerified: false,
      isUsed: false,
      isUsedByText: false,
      refunded: 'TEMPID_FORMAT',
      revoked: 'TEMPID_FORMAT',
      info: 'TEMPID_FORMAT',
    });
    await app.close();
  });

  it('should open no route with its guard in place, whatever formats are accepted', async () => {
    const test = await running();
    await test.post('/reset');
    const { value } = told.pop() as TempID;
    await test.app.close();
    const { app, send } = await startApp('Express', [ResetController], {
      accept: ['v3', 'v2', 'v1'],
    });
    expect((await send('/reset', json({ token: value }))).status).toBe(401);
    expect((await send('/code', json({ challenge: value, code: '123456' }))).status).toBe(401);
    await app.close();
  });

  it('should be the same for every request, and valid whenever the request comes', async () => {
    const { app, post } = await running(admitTempID({ maxUses: 3, expiresIn: '1h' }));
    await post('/reset');
    jest.useFakeTimers({
      now: Date.now() + 40 * 86_400_000,
      doNotFake: [
        'nextTick',
        'setImmediate',
        'setTimeout',
        'clearTimeout',
        'setInterval',
        'clearInterval',
        'queueMicrotask',
        'performance',
      ],
    });
    await post('/reset');
    const [first, later] = told.splice(-2) as [TempID, TempID];
    expect([later.isValid(), later.remaining(), later.maxUses]).toEqual([
      true,
      expect.stringMatching(/^(1h 0m|59m 59s)$/),
      3,
    ]);
    jest.useRealTimers();
    expect([first.equals(later), first.id === later.id]).toEqual([true, true]);
    expect(inspect(first)).toMatch(/^TempID \{ admitTempID\.…, valid/);
    await app.close();
  });

  it('should have another text for each guard', async () => {
    for (const guard of [admitTempID(), admitTempID()]) {
      const { app, post } = await running(guard);
      await post('/reset');
      await app.close();
    }
    const [one, other] = told.splice(-2) as [TempID, TempID];
    expect(one.equals(other)).toBe(false);
  });

  it('should say nothing that was not named', async () => {
    const { app, post } = await running();
    await post('/reset');
    await app.close();
    expect(told.pop()).toMatchObject({
      payload: null,
      purpose: null,
      subject: null,
      audience: null,
      issuer: null,
      notBefore: null,
      maxUses: 0,
    });
  });
});

describe('a test of one controller', () => {
  @Controller()
  class Alone {
    @Post('alone')
    @UseTempID({ purpose: 'join', consume: 'on-success' })
    alone(@TokenPayload('teamId') teamId: number) {
      return { teamId };
    }
  }

  it('should need no TempIDModule', async () => {
    const builder = Test.createTestingModule({ controllers: [Alone] })
      .overrideGuard(TempIDGuard)
      .useValue(admitTempID({ payload: { teamId: 3 } }));
    const { app, post } = await listen(builder, 'Express');
    expect((await post('/alone')).body).toEqual({ teamId: 3 });
    await app.close();
  });
});

describe('what admitTempID() is given', () => {
  it.each([
    ['an unknown option', { user: 7 }, `admitTempID has no option 'user'`],
    ['an option of mint that no handler can read', { boundTo: 'x' }, `has no option 'boundTo'`],
    ['a purpose that is undefined', { purpose: undefined }, `'purpose', and it is undefined`],
    ['a number of uses that is none', { maxUses: -1 }, `'maxUses' must be a whole number`],
    ['two ends', { expiresIn: '1h', expiresAt: new Date(8e12) }, `'expiresIn' or 'expiresAt'`],
    ['an end that is over', { expiresAt: new Date(1) }, `'expiresAt' is in the past`],
  ])('should be refused where it is %s', (_, options, message) => {
    const call = () => admitTempID(options as object);
    expect(call).toThrow(TempIDConfigurationError);
    expect(call).toThrow(message);
  });

  it('should be refused where no token could carry it', () => {
    expect(() => admitTempID({ payload: { at: new Date() } })).toThrow(TempIDPayloadError);
  });

  it('should be refused beside a kind that says it', () => {
    const call = () =>
      admitTempID(PasswordReset, { userId: 7, at: '' }, { purpose: 'other' } as object);
    expect(call).toThrow(`has no option 'purpose'`);
  });

  it('should not be let in where it does not fit the schema of its kind', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const guard = admitTempID(PasswordReset, { userId: 7, at: 'yesterday' });
    const builder = testingModule([ResetController]).overrideGuard(TempIDGuard).useValue(guard);
    const { app, post } = await listen(builder, 'Express');
    expect((await post('/kind')).status).toBe(500);
    expect(error.mock.calls.flat().join(' ')).toContain(
      `The payload does not fit the kind 'password-reset': payload.at.`,
    );
    error.mockRestore();
    await app.close();
  });

  it('should have the types of mint', () => {
    // @ts-expect-error The payload that is named as a type has a number.
    expect(() => admitTempID<{ teamId: number }>({ payload: { teamId: 'three' } })).not.toThrow();
    // @ts-expect-error The payload of the kind has a number.
    expect(() => admitTempID(PasswordReset, { userId: 'seven', at: '' })).not.toThrow();
    // @ts-expect-error A kind with a payload asks for one.
    expect(() => admitTempID(PasswordReset)).not.toThrow();
    // @ts-expect-error Two ends are one too many.
    expect(() => admitTempID({ expiresIn: '1h', expiresAt: new Date(8e12) })).toThrow(
      "'expiresIn'",
    );
  });
});

describe('admitTempID() outside of a test', () => {
  const { NODE_ENV } = process.env;

  afterEach(() => {
    process.env['NODE_ENV'] = NODE_ENV;
    jest.restoreAllMocks();
  });

  it('should throw in production', () => {
    process.env['NODE_ENV'] = 'production';
    expect(() => admitTempID()).toThrow('NODE_ENV is production');
  });

  it('should let nobody in where the environment says production only after it was made', async () => {
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const builder = testingModule([ResetController])
      .overrideGuard(TempIDGuard)
      .useValue(admitTempID());
    const { app, post } = await listen(builder, 'Express');
    process.env['NODE_ENV'] = 'production';
    expect((await post('/reset')).status).toBe(500);
    await app.close();
  });

  it('should open no route with a guard of this module, where it is a global guard or stands beside it', async () => {
    @Controller()
    class BesideController {
      @Post('beside')
      @UseGuards(admitTempID({ payload: { userId: 7 } }))
      @UseTempID()
      @UseGuards(admitTempID({ payload: { userId: 7 } }))
      beside(@TokenPayload('userId') userId: number) {
        return { userId };
      }
    }
    const guard = { provide: APP_GUARD, useValue: admitTempID({ payload: { userId: 7 } }) };
    const builder = testingModule([ResetController, BesideController], [guard]);
    const { app, post } = await listen(builder, 'Express');
    for (const path of ['/reset', '/kind', '/code', '/link', '/audited', '/beside']) {
      expect([path, (await post(path)).status]).toEqual([path, 401]);
    }
    await app.close();
  });

  it('should warn once in an application that is started without a TestingModule', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    @Controller()
    class OpenController {
      @Post('open')
      @UseGuards(admitTempID({ payload: { userId: 7 } }))
      open(@TokenPayload('userId') userId: number) {
        return { userId };
      }
    }
    const app = await NestFactory.create(
      { module: class Root {}, controllers: [OpenController] },
      { logger: false },
    );
    await app.listen(0, '127.0.0.1');
    for (let sent = 0; sent < 2; sent++) {
      const response = await fetch(`${await app.getUrl()}/open`, json({}));
      expect(await response.json()).toEqual({ userId: 7 });
    }
    expect(warn.mock.calls).toEqual([[expect.stringContaining('for tests only')]]);
    await app.close();
  });
});

describe('a guard that only returns true', () => {
  it('should lead to an error 500 whose message names admitTempID()', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const builder = testingModule([ResetController])
      .overrideGuard(TempIDGuard)
      .useValue({ canActivate: () => true });
    const { app, post } = await listen(builder, 'Express');
    expect((await post('/reset')).status).toBe(500);
    expect(error.mock.calls.flat().join(' ')).toMatch(
      /ResetController\.reset asks for the token .* admitTempID\(\) of nestjs-tempid\/testing/,
    );
    error.mockRestore();
    await app.close();
  });
});

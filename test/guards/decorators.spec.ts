import {
  applyDecorators,
  Controller,
  type ExecutionContext,
  Get,
  HttpException,
  Injectable,
  ParseIntPipe,
  UseFilters,
  UseGuards,
  type ExceptionFilter,
  type ArgumentsHost,
  Catch,
} from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Admission,
  CurrentTempID,
  TempID,
  TempIDGuard,
  TempIDTamperedError,
  TokenPayload,
  UseTempID,
  type UseTempIDOptions,
  type VerifyOptions,
} from '../../src/index.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';

const causes: unknown[] = [];

@Catch(HttpException)
class RememberCause implements ExceptionFilter {
  catch(exception: HttpException, _host: ArgumentsHost): void {
    causes.push(exception.cause);
    throw exception;
  }
}

@Injectable()
class Users {
  passwordHash(id: string | null): string {
    return `hash of ${id}`;
  }
}

@Injectable()
class ResetGuard extends TempIDGuard {
  constructor(private readonly users: Users) {
    super();
  }

  protected override getVerifyOptions(
    context: ExecutionContext,
    route: UseTempIDOptions,
  ): VerifyOptions {
    const boundTo = ({ subject }: TempID) => this.users.passwordHash(subject);
    return { ...super.getVerifyOptions(context, route), purpose: 'reset', boundTo };
  }
}

class StrictGuard extends TempIDGuard {
  protected override async admit(...args: Parameters<TempIDGuard['admit']>): Promise<Admission> {
    const admission = await super.admit(...args);
    if (admission.token.subject !== 'strict') throw new HttpException('not strict enough', 418);
    return admission;
  }
}

/** Without strict null checks the compiler lets it pass. */
class LenientGuard extends TempIDGuard {
  protected override async admit(value: string): Promise<Admission> {
    return { token: (await this.tempid.verify(value)) as TempID, isUsed: false };
  }
}

@Controller()
class DecoratedController {
  @Get('lenient')
  @UseTempID({ guard: LenientGuard })
  lenient(): string {
    return 'let in';
  }

  @Get('payload')
  @UseTempID()
  payload(@TokenPayload() payload: unknown) {
    return { payload };
  }

  @Get('property')
  @UseTempID()
  property(@TokenPayload('userId') userId: unknown, @TokenPayload('toString') inherited: unknown) {
    return { userId, inherited: inherited ?? 'none' };
  }

  @Get('piped')
  @UseTempID()
  piped(@TokenPayload('userId', ParseIntPipe) userId: number) {
    return { userId };
  }

  @Get('object-pipe')
  @UseTempID()
  objectPipe(@TokenPayload({ transform: (value: unknown) => [value] }) piped: unknown) {
    return { piped };
  }

  @Get('current')
  @UseTempID()
  current(@CurrentTempID() token: TempID) {
    return { isTempID: token instanceof TempID, subject: token.subject };
  }

  @Get('unguarded')
  unguarded(@CurrentTempID() token: TempID) {
    return token.id;
  }

  @Get('reset')
  @UseTempID({ guard: ResetGuard })
  reset(): string {
    return 'reset';
  }

  @Get('own/:userId')
  @UseTempID({
    subject: (context) => context.switchToHttp().getRequest().params.userId,
    boundTo: ({ subject }) => `hash of ${subject}`,
  })
  own(): string {
    return 'own';
  }

  @Get('nobody')
  @UseTempID({ subject: () => undefined })
  nobody(): string {
    return 'never';
  }

  @Get('unbound')
  @UseTempID({ boundTo: () => undefined })
  unbound(): string {
    return 'never';
  }

  @Get('cause')
  @UseFilters(RememberCause)
  @UseTempID()
  cause(): string {
    return 'never';
  }
}

@Controller('strict')
@UseTempID()
class StrictController {
  @Get()
  @UseTempID({ guard: StrictGuard })
  strict(): string {
    return 'strict';
  }

  @Get('once')
  @UseTempID(true)
  @UseGuards(StrictGuard)
  once(): string {
    return 'once';
  }
}

describe.each(PLATFORMS)('the decorators on %s', (platform) => {
  let running: RunningApp;
  const get = (path: string, token: unknown) => running.send(`/${path}?token=${token}`);

  beforeAll(async () => {
    running = await startApp(platform, [DecoratedController, StrictController], {}, [Users]);
  });

  afterAll(() => running.app.close());

  it('@TokenPayload gives the payload, null where there is none, or one property of it', async () => {
    const token = await running.tempid.mint({ payload: { userId: 42 } });
    expect((await get('payload', token)).body).toEqual({ payload: { userId: 42 } });
    expect((await get('property', token)).body).toEqual({ userId: 42, inherited: 'none' });
    const bare = await running.tempid.mint();
    expect((await get('payload', bare)).body).toEqual({ payload: null });
    expect((await get('property', bare)).body).toEqual({ inherited: 'none' });
  });

  it('@TokenPayload hands the payload to pipes', async () => {
    const token = await running.tempid.mint({ payload: { userId: '42' } });
    expect((await get('piped', token)).body).toEqual({ userId: 42 });
    expect((await get('object-pipe', token)).body).toEqual({ piped: [{ userId: '42' }] });
    const wrong = await running.tempid.mint({ payload: { userId: 'ada' } });
    expect((await get('piped', wrong)).status).toBe(400);
  });

  it('@CurrentTempID gives the TempID', async () => {
    const token = await running.tempid.mint({ subject: 'ada' });
    expect((await get('current', token)).body).toEqual({ isTempID: true, subject: 'ada' });
  });

  it('@CurrentTempID and @TokenPayload fail on a route that no guard verifies', async () => {
    expect((await get('unguarded', await running.tempid.mint())).status).toBe(500);
  });

  it('@UseTempID takes a guard of the application with its own dependencies', async () => {
    const minting = { purpose: 'reset', subject: '7' };
    const good = await running.tempid.mint({ ...minting, boundTo: 'hash of 7' });
    const stale = await running.tempid.mint({ ...minting, boundTo: 'an older hash of 7' });
    expect((await get('reset', good)).body).toBe('reset');
    expect((await get('reset', stale)).body).toMatchObject({ code: 'TEMPID_SCOPE' });
  });

  it('the guard of the handler decides where its class has another', async () => {
    expect((await get('strict', await running.tempid.mint())).status).toBe(418);
    const strict = await running.tempid.mint({ subject: 'strict' });
    expect((await get('strict', strict)).body).toBe('strict');
  });

  it('a guard whose admit returns null for a bad token lets nobody in', async () => {
    expect((await get('lenient', await running.tempid.mint())).body).toBe('let in');
    expect((await get('lenient', 'garbage')).status).toBe(500);
  });

  it('the subject and the binding of a token are compared with those that the request names', async () => {
    const token = await running.tempid.mint({ subject: '7', boundTo: 'hash of 7' });
    expect((await get('own/7', token)).body).toBe('own');
    expect((await get('own/8', token)).body).toMatchObject({ code: 'TEMPID_SCOPE' });
  });

  it('a token is refused where the subject or the binding of the request is undefined', async () => {
    const token = await running.tempid.mint({ subject: '7' });
    expect((await get('nobody', token)).body).toMatchObject({ code: 'TEMPID_SCOPE' });
    expect((await get('unbound', token)).body).toMatchObject({ code: 'TEMPID_SCOPE' });
  });

  it('a second decorator on the same handler or class throws', () => {
    const Admin = () => applyDecorators(UseTempID({ purpose: 'admin' }));
    expect(() => {
      class Twice {
        @UseTempID(true)
        @Admin()
        handler(): void {}
      }
      return Twice;
    }).toThrow('handler has two decorators of this module');
    expect(() => {
      @UseTempID({ purpose: 'admin' })
      @UseTempID(true)
      class Twice {}
      return Twice;
    }).toThrow('A class has two decorators of this module');
  });

  it('a decorator throws for an option that does not exist', () => {
    const options: object = { purpos: 'reset' };
    expect(() => UseTempID(options)).toThrow(`@UseTempID has no option 'purpos'`);
    const misspelt: object = { consume: 'on_success' };
    expect(() => UseTempID(misspelt)).toThrow(`'consume' of @UseTempID must be`);
  });

  it('two guards with the same options count one use of a request', async () => {
    const token = await running.tempid.mint({ maxUses: 2, subject: 'strict' });
    expect((await get('strict/once', token)).status).toBe(200);
    expect((await running.tempid.usesInfo(token)).used).toBe(1);
  });

  it.each([' ', '"', '\ufeff', '>.'])(
    'two guards that read a token pasted with %j count one use of a request',
    async (glued) => {
      const token = await running.tempid.mint({ maxUses: 2, subject: 'strict' });
      const pasted = encodeURIComponent(`${glued}${token.value}${glued}`);
      expect((await get('strict/once', pasted)).status).toBe(200);
      expect((await running.tempid.usesInfo(token)).used).toBe(1);
    },
  );

  it('an exception of the guard has the error that tells the reason as its cause', async () => {
    const { value } = await running.tempid.mint();
    await get('cause', `${value.slice(0, -8)}AAAAAAAA`);
    expect(causes.pop()).toBeInstanceOf(TempIDTamperedError);
  });
});

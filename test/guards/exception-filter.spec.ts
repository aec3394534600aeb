import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpException,
  type INestApplication,
  Inject,
  Injectable,
  type MessageEvent,
  type Provider,
  Query,
  Redirect,
  Sse,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { concat, defer, type Observable, of } from 'rxjs';
import {
  TempIDConfigurationError,
  TempIDCrossOriginError,
  TempIDError,
  TempIDExceptionFilter,
  TempIDLink,
  TempIDModule,
  TempIDService,
  TempIDStoreUnavailableError,
  UseTempID,
} from '../../src/index.js';
import { BrokenStore } from '../support/broken-store.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { createService } from '../support/service.js';
import { OLD_SECRET, SECRET } from '../support/secrets.js';

/** Of an application: uses the token where our guard does not stand. */
@Injectable()
class Uses {
  constructor(@Inject(TempIDService) private readonly tempid: TempIDService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { query } = context.switchToHttp().getRequest<{ query: { token?: string } }>();
    await this.transform(query.token);
    return true;
  }

  async transform(value: unknown): Promise<unknown> {
    return (await this.tempid.useOrThrow(String(value), { purpose: 'read' })).id;
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    await this.canActivate(context);
    return next.handle();
  }
}

const own = (name: string) => (error: unknown, host: ArgumentsHost) => {
  const response = host.switchToHttp().getResponse();
  response.status(418).send(`${name} got ${(error as Error).constructor.name}`);
};

@Catch(TempIDError)
class FilterOfTempID implements ExceptionFilter {
  catch = own('a filter of TempIDError');
}

@Catch(TempIDStoreUnavailableError)
class FilterOfOutages implements ExceptionFilter {
  catch = own('a filter of outages');
}

@Catch()
class FilterOfAll implements ExceptionFilter {
  catch = own('a filter of all');
}

/** As applications have it, and as the docs say. */
@Catch()
class HandingOn extends TempIDExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): unknown {
    // The linter takes every `catch` for that of a promise.
    if (error instanceof TempIDError) return Reflect.apply(super.catch, this, [error, host]);
    const response = host.switchToHttp().getResponse();
    const status = error instanceof HttpException ? error.getStatus() : 500;
    return response.status(status).send('something else');
  }
}

@Controller()
class LeavingController {
  constructor(@Inject(TempIDService) private readonly tempid: TempIDService) {}

  @Get('handler')
  async handler(@Query('token') token: string): Promise<string> {
    return (await this.tempid.useOrThrow(token, { purpose: 'read' })).id;
  }

  @Get('guard')
  @UseGuards(Uses)
  guard(): string {
    return 'done';
  }

  @Get('pipe')
  pipe(@Query('token', Uses) id: string): string {
    return id;
  }

  @Get('interceptor')
  @UseInterceptors(Uses)
  interceptor(): string {
    return 'done';
  }

  @Get('guarded')
  @UseTempID({ purpose: 'read', consume: true })
  guarded(): string {
    return 'done';
  }

  @Get('payload')
  async payload(): Promise<void> {
    await this.tempid.mint({ payload: { at: new Date() } as object as { at: string } });
  }

  @Get('long')
  async long(): Promise<void> {
    await this.tempid.mint({ payload: { text: 'x'.repeat(2_000) } });
  }

  @Get('option')
  option(): never {
    throw new TempIDConfigurationError(`'secret' must be kept secret.`);
  }

  @Get('origin')
  origin(): never {
    throw new TempIDCrossOriginError('A page of another origin asks.');
  }

  @Get('bound')
  @UseTempID({ purpose: 'read', boundTo: () => mintNothing() })
  bound(): void {}

  @Get('method')
  @UseFilters(FilterOfTempID)
  method(@Query('token') token: string): Promise<string> {
    return this.handler(token);
  }

  @Sse('events')
  events(@Query('token') token: string): Observable<MessageEvent> {
    const failing = defer(async () => ({ data: await this.handler(token) }));
    return concat(of({ data: 'first' }), failing);
  }

  @TempIDLink('link', { purpose: 'link' })
  @Redirect('/home', 303)
  async link(@Query('other') token: string): Promise<void> {
    await this.handler(token);
  }

  @Get('something-else')
  somethingElse(): never {
    throw new Error('of the application');
  }
}

@Controller('class')
@UseFilters(FilterOfOutages)
class FilteredController extends LeavingController {}

async function mintNothing(): Promise<string> {
  return (await createService().mint({ payload: [] as never })).value;
}

const UNAVAILABLE = {
  statusCode: 503,
  error: 'Service Unavailable',
  code: 'TEMPID_STORE_UNAVAILABLE',
  message: 'Tokens cannot be checked right now. Try again shortly.',
};

const CONTROLLERS = [FilteredController, LeavingController];
const BROKEN = { store: BrokenStore };

describe.each(PLATFORMS)('an error of ours that leaves the application on %s', (platform) => {
  let running: RunningApp;
  let outage: RunningApp;
  const get = (path: string, token: unknown) => running.send(`/${path}?token=${token}`);

  beforeAll(async () => {
    running = await startApp(platform, CONTROLLERS);
    outage = await startApp(platform, CONTROLLERS, BROKEN);
  });

  afterAll(async () => {
    await running.app.close();
    await outage.app.close();
  });

  const PLACES = ['handler', 'guard', 'pipe', 'interceptor'];

  it.each(PLACES)(
    'an error of ours is answered as the guard answers it: of a %s',
    async (place) => {
      const token = await running.tempid.mint({ purpose: 'read', maxUses: 1 });
      const forged = await createService({ secret: OLD_SECRET }).mint({ purpose: 'read' });
      const other = await running.tempid.mint({ purpose: 'write' });
      expect(await get(place, token)).toMatchObject({ status: 200 });
      for (const bad of [token.value, 'garbage', forged.value, other.value]) {
        const [answer, expected] = [await get(place, bad), await get('guarded', bad)];
        expect([answer.status, answer.body]).toEqual([401, expected.body]);
        for (const name of ['www-authenticate', 'cache-control', 'content-type']) {
          expect([name, answer.headers.get(name)]).toEqual([name, expected.headers.get(name)]);
        }
      }
      expect((await get(place, forged)).body).toMatchObject({ code: 'TEMPID_FORMAT' });
    },
  );

  it.each(PLACES)(
    'an unavailable store is answered 503 with Retry-After: of a %s',
    async (place) => {
      const { value } = await running.tempid.mint({ purpose: 'read', maxUses: 1 });
      const answer = await outage.send(`/${place}?token=${value}`);
      expect(answer).toMatchObject({ status: 503, body: UNAVAILABLE });
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(answer.headers.get('cache-control')).toBe('no-store');
    },
  );

  it.each(['payload', 'long', 'option', 'bound'])(
    'a mistake of the application stays 500, and its message is not sent: %s',
    async (path) => {
      const token = await running.tempid.mint({ purpose: 'read', boundTo: 'something' });
      const { status, body } = await get(path, token);
      expect([status, body]).toEqual([500, { statusCode: 500, message: 'Internal server error' }]);
    },
  );

  it('the error of a page of another origin is answered 403', async () => {
    const { status, body } = await get('origin', 'none');
    expect([status, body]).toMatchObject([403, { code: 'TEMPID_CROSS_ORIGIN' }]);
  });

  it('an error after a part of the answer was sent ends the answer', async () => {
    const { status, body } = await get('events', 'garbage');
    expect(status).toBe(200);
    expect(body).toContain('data: first');
  });

  it('an error in the handler of a link is answered with a page', async () => {
    const mint = () => running.tempid.mint({ purpose: 'link', maxUses: 1 });
    const post = async (accept: string) =>
      running.send('/link?other=garbage', {
        method: 'POST',
        headers: { accept, 'content-type': 'application/x-www-form-urlencoded' },
        body: `token=${await mint()}`,
      });
    const page = await post('text/html');
    expect([page.status, page.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(page.body).toContain('<!doctype html>');
    expect(await post('application/json')).toMatchObject({
      status: 401,
      body: { code: 'TEMPID_FORMAT' },
    });
  });

  it('an error of ours goes to a filter of the application that stands nearer', async () => {
    expect(await get('method', 'garbage')).toMatchObject({
      status: 418,
      body: 'a filter of TempIDError got TempIDFormatError',
    });
    const { value } = await running.tempid.mint({ purpose: 'read', maxUses: 1 });
    expect(await outage.send(`/class/handler?token=${value}`)).toMatchObject({
      status: 418,
      body: 'a filter of outages got TempIDStoreUnavailableError',
    });
    expect(await get('class/handler', 'garbage')).toMatchObject({ status: 401 });
  });
});

describe.each(PLATFORMS)('a filter of the application that catches all, on %s,', (platform) => {
  const start = (providers: Provider[], configure?: (app: INestApplication) => void) =>
    startApp(platform, CONTROLLERS, {}, providers, configure);

  it('a filter that catches all is asked before ours where useGlobalFilters names it', async () => {
    const { app, send } = await start([], (each) => each.useGlobalFilters(new FilterOfAll()));
    expect((await send('/handler?token=garbage')).body).toBe(
      'a filter of all got TempIDFormatError',
    );
    await app.close();
  });

  it('a filter that catches all is asked after ours where the root module provides it as APP_FILTER', async () => {
    const { app, send } = await start([{ provide: APP_FILTER, useClass: FilterOfAll }]);
    expect(await send('/handler?token=garbage')).toMatchObject({
      status: 401,
      body: { code: 'TEMPID_FORMAT' },
    });
    expect((await send('/something-else')).body).toBe('a filter of all got Error');
    await app.close();
  });

  it('a filter may extend TempIDExceptionFilter, and hand our errors on', async () => {
    const { app, send } = await start([], (each) =>
      each.useGlobalFilters(new HandingOn(each.get(HttpAdapterHost))),
    );
    const answer = await send('/handler?token=garbage');
    expect(answer).toMatchObject({ status: 401, body: { code: 'TEMPID_FORMAT' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(await send('/something-else')).toMatchObject({ status: 500, body: 'something else' });
    await app.close();
  });
});

@Controller('elsewhere')
class ElsewhereController {
  @Get()
  elsewhere(): never {
    throw new TempIDStoreUnavailableError('The store could not answer.');
  }
}

describe('an application with two TempIDModules', () => {
  it('an application with two TempIDModules answers an error once', async () => {
    class Other {}
    const second = { module: Other, imports: [TempIDModule.forRoot({ secret: SECRET })] };
    const { app, send } = await startApp('Express', [ElsewhereController], {}, [], undefined, [
      second,
    ]);
    const answer = await send('/elsewhere');
    expect(answer).toMatchObject({ status: 503, body: UNAVAILABLE });
    expect(answer.headers.get('retry-after')).toBe('5');
    await app.close();
  });
});

import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  type NestInterceptor,
  Param,
  Post,
  type Provider,
  Query,
  Scope,
  type Type,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  BrowserKey,
  type MintOptions,
  TempIDConfigurationError,
  TempIDGuard,
  TempIDLink,
  TempIDLinkGuard,
  UseTempID,
  UseTempIDCode,
} from '../../src/index.js';
import { json, PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { Browser, heading } from './browser.js';

class ClosedGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

/** As decorators of transactions, traces and caches do. */
function Wrapped(): MethodDecorator {
  return (_prototype, _name, descriptor: PropertyDescriptor) => {
    const inner = descriptor.value as (...args: unknown[]) => unknown;
    descriptor.value = function (this: unknown, ...args: unknown[]) {
      return inner.apply(this, args);
    };
    for (const key of Reflect.getMetadataKeys(inner)) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, inner), descriptor.value);
    }
    return descriptor;
  };
}

@Controller({ path: 'links', scope: Scope.REQUEST })
class LinksController {
  @TempIDLink('first', { purpose: 'open' })
  first(): string {
    return 'first';
  }

  @TempIDLink(['second', 'third'], { purpose: 'open' })
  second(@Query('token') token?: string): string {
    return `second ${String(token)}`;
  }

  @Get('ask')
  ask(@BrowserKey() key: string): string {
    return key;
  }

  @UseGuards(ClosedGuard)
  @Wrapped()
  @TempIDLink('closed', { purpose: 'open', boundTo: 'browser' })
  closed(): string {
    return 'ran';
  }

  @TempIDLink('login', { purpose: 'login', boundTo: 'browser' })
  login(): string {
    return 'ran';
  }

  @Get(':id')
  any(@Param('id') id: string): string {
    return `any ${id}`;
  }
}

abstract class Base {
  @TempIDLink('kept', { purpose: 'open' })
  kept(): string {
    return `kept by ${this.constructor.name}`;
  }

  @TempIDLink('replaced', { purpose: 'open' })
  replaced(): string {
    return 'of the base';
  }
}

@Controller('dropping')
class DroppingController extends Base {
  override replaced(): string {
    return 'no route';
  }
}

@Controller('replacing')
class ReplacingController extends Base {
  @Post('replaced')
  @UseTempID({ purpose: 'other', consume: true })
  override replaced(): string {
    return 'replaced';
  }
}

@Controller('again')
class AgainController extends Base {
  @TempIDLink('again', { purpose: 'open' })
  override replaced(): string {
    return 'again';
  }
}

/** It checks more than the token. */
class StrictGuard extends TempIDGuard {}

@Controller('strict')
@UseTempID({ guard: StrictGuard })
class StrictController {
  @TempIDLink('login', { purpose: 'open' })
  login(): string {
    return 'ran';
  }
}

@Controller('strict')
class StrictByUseGuardsController {
  @UseGuards(StrictGuard)
  @TempIDLink('login', { purpose: 'open' })
  login(): string {
    return 'ran';
  }
}

@Controller('strict')
class StrictInstanceController {
  @UseGuards(new StrictGuard())
  @UseTempIDCode({ purpose: 'open' })
  @Post('login')
  login(): string {
    return 'ran';
  }
}

@Controller('link')
class LinkController {
  @TempIDLink('login', { purpose: 'open' })
  login(): string {
    return 'ran';
  }
}

@Controller('code')
class CodeController {
  @UseTempIDCode({ purpose: 'open' })
  @Post('login')
  login(): string {
    return 'ran';
  }
}

@Controller('verifying')
class VerifyingController {
  @UseTempID()
  @Post()
  verify(): string {
    return 'ran';
  }
}

class OpenGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

class LookingGuard extends TempIDGuard {
  protected override getToken(...args: Parameters<TempIDGuard['getToken']>) {
    strictLooks++;
    return super.getToken(...args);
  }
}

class StrictLinkGuard extends TempIDLinkGuard {
  protected override getToken(...args: Parameters<TempIDLinkGuard['getToken']>) {
    strictLooks++;
    return super.getToken(...args);
  }
}

let strictLooks = 0;

@Controller('strict')
@UseTempID({ guard: StrictGuard })
class StrictLinkController {
  @TempIDLink('login', { purpose: 'open', guard: StrictLinkGuard })
  login(): string {
    return 'ran';
  }
}

/** As one that every answer passes. */
@Injectable()
class AcceptedInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    context.switchToHttp().getResponse<{ status(code: number): unknown }>().status(202);
    return next.handle();
  }
}

@Controller('accepted')
@UseInterceptors(AcceptedInterceptor)
class AcceptedController {
  @TempIDLink('login', { purpose: 'open' })
  login(): string {
    return 'ran';
  }
}

describe('the status of a click', () => {
  it.each(PLATFORMS)(
    'the status of a click on %s is what an interceptor around it has set',
    async (platform) => {
      const { app, tempid, send } = await startApp(platform, [AcceptedController]);
      const path = tempid.link('/accepted/login', await tempid.mint({ purpose: 'open' }));
      expect((await send(path, { method: 'POST' })).status).toBe(202);
      await app.close();
    },
  );
});

describe('a guard of the application that extends TempIDGuard alone', () => {
  it.each([
    ['on the class of a link', StrictController],
    ['by @UseGuards on a link', StrictByUseGuardsController],
    ['as an instance on a code', StrictInstanceController],
  ])(
    'a guard that extends TempIDGuard alone is refused at the start %s, where it would not run',
    async (_, controller) => {
      await expect(startApp('Express', [controller])).rejects.toThrow(
        `StrictGuard would not run on ${controller.name}.login`,
      );
    },
  );

  describe('for all handlers', () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequestGuard extends StrictGuard {}

    const started = async (controller: Type, provider: Provider | null, global?: CanActivate) => {
      const useGlobalGuard = (app: INestApplication) =>
        void (global && app.useGlobalGuards(global));
      const providers = provider ? [provider] : [];
      return startApp('Express', [controller], {}, providers, useGlobalGuard);
    };

    it.each([
      ['a class as APP_GUARD', { provide: APP_GUARD, useClass: StrictGuard }, undefined],
      ['a class of request scope', { provide: APP_GUARD, useClass: PerRequestGuard }, undefined],
      ['an instance by useGlobalGuards', null, new StrictGuard()],
    ])('is refused at the start: %s', async (_, provider, global) => {
      for (const [controller, guard] of [
        [LinkController, 'TempIDLinkGuard'],
        [CodeController, 'TempIDCodeGuard'],
      ] as const) {
        await expect(started(controller, provider, global)).rejects.toThrow(
          new RegExp(`Guard would not run on ${controller.name}.login, whose guard is ${guard}`),
        );
      }
    });

    it('may be one that knows nothing of tokens, or that of this module', async () => {
      for (const useClass of [OpenGuard, TempIDGuard]) {
        const { app } = await started(LinkController, { provide: APP_GUARD, useClass });
        expect(app.getHttpServer().listening).toBe(true);
        await app.close();
      }
    });

    it('may be replaced by the guard that a link names', async () => {
      const provider = { provide: APP_GUARD, useClass: StrictGuard };
      const { app } = await started(StrictLinkController, provider);
      expect(app.getHttpServer().listening).toBe(true);
      await app.close();
    });

    it('runs on a handler with @UseTempID', async () => {
      strictLooks = 0;
      const provider = { provide: APP_GUARD, useClass: LookingGuard };
      const { app, tempid, send } = await started(VerifyingController, provider);
      const { value: token } = await tempid.mint();
      expect((await send('/verifying', json({ token }))).status).toBe(201);
      expect(strictLooks).toBe(1);
      await app.close();
    });
  });

  it('a guard that extends TempIDLinkGuard replaces that of a link, and runs', async () => {
    strictLooks = 0;
    const { app, tempid, send } = await startApp('Express', [StrictLinkController]);
    const path = tempid.link('/strict/login', await tempid.mint({ purpose: 'open', maxUses: 1 }));
    expect((await send(path, { method: 'POST' })).body).toBe('ran');
    expect(strictLooks).toBe(1);
    await app.close();
  });
});

describe.each(PLATFORMS)('the routes of a link on %s', (platform) => {
  let running: RunningApp;
  let browser: Browser;
  const mint = (options: MintOptions = {}) =>
    running.tempid.mint({ purpose: 'open', maxUses: 1, ...options } as MintOptions);
  const link = async (path: string) => running.tempid.link(path, await mint());

  beforeAll(async () => {
    running = await startApp(platform, [
      LinksController,
      DroppingController,
      ReplacingController,
      AgainController,
    ]);
    browser = new Browser(running);
  });

  afterAll(() => running.app.close());

  it.each(['first', 'second', 'third'])(
    'a link comes before a route below it that matches the same address: %s',
    async (name) => {
      const path = await link(`/links/${name}`);
      const page = await browser.open(path);
      expect(heading(page)).toBe('One more step');
      expect((await browser.press(path, page)).text).toMatch(/^(first|second undefined)$/);
      expect((await browser.open('/links/else')).text).toBe('any else');
    },
  );

  it('a link runs guards that stand above a decorator which wraps the handler', async () => {
    const asker = new Browser(running);
    const boundTo = (await asker.open('/links/ask')).text;
    const opened = await asker.open(running.tempid.link('/links/closed', await mint({ boundTo })));
    expect(opened.status).toBe(403);
  });

  it('subclasses inherit the routes of a link', async () => {
    for (const name of ['Dropping', 'Replacing', 'Again']) {
      const path = await link(`/${name.toLowerCase()}/kept`);
      const page = await browser.open(path);
      expect((await browser.press(path, page)).text).toBe(`kept by ${name}Controller`);
    }
  });

  it('both routes of a link are gone where a subclass overrides the handler', async () => {
    expect((await browser.open(await link('/dropping/replaced'))).status).toBe(404);
    expect((await browser.open(await link('/replacing/replaced'))).status).toBe(404);
    expect((await browser.open(await link('/again/replaced'))).status).toBe(404);
    expect(heading(await browser.open(await link('/again/again')))).toBe('One more step');
    const { value: token } = await mint({ purpose: 'other' });
    expect((await running.send('/replacing/replaced', json({ token }))).body).toBe('replaced');
  });

  it('a link lets no challenge through without its code', async () => {
    const { challenge } = await running.tempid.mintCode({ purpose: 'login', subject: 'ada' });
    const { value: token } = challenge;
    expect(await running.send('/links/login', json({ token }))).toMatchObject({
      status: 401,
      body: { code: 'TEMPID_SCOPE' },
    });
    const page = await browser.open(running.tempid.link('/links/login', token));
    expect(heading(page)).toBe('This link does not work here');
    expect((await running.tempid.usesInfo(challenge)).used).toBe(0);
  });

  it('a link lets no token through that is bound to anything but a browser', async () => {
    const options = { purpose: 'login', maxUses: 1, boundTo: 'the hash of a password' };
    const token = await running.tempid.mint(options);
    const page = await browser.open(running.tempid.link('/links/login', token));
    expect(heading(page)).toBe('This link does not work here');
    expect((await running.send('/links/login', json({ token: token.value }))).status).toBe(401);
    expect((await running.tempid.usesInfo(token)).used).toBe(0);
  });
});

describe('@TempIDLink on a handler with another decorator of this module', () => {
  it.each([UseTempID, UseTempIDCode])(
    '@TempIDLink throws on a handler with another decorator of this module: %p',
    (decorator) => {
      const other = (decorator as () => MethodDecorator)();
      const both = [TempIDLink('x'), other] as const;
      for (const decorators of [both, both.toReversed()]) {
        class Both {
          both(): void {}
        }
        const [below, above] = decorators as MethodDecorator[];
        const decorate = () => {
          for (const one of [below, above]) {
            one?.(Both.prototype, 'both', { value: Both.prototype.both });
          }
        };
        expect(decorate).toThrow(TempIDConfigurationError);
      }
    },
  );
});

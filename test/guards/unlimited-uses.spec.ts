import { Controller, Get, Injectable, Logger, Post, Scope, type Type } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  defineTempID,
  TempIDGuard,
  TempIDLink,
  UseTempID,
  UseTempIDCode,
} from '../../src/index.js';
import { json, startApp } from '../support/http.js';

@Injectable({ scope: Scope.REQUEST })
class PerRequestGuard extends TempIDGuard {}

const Open = defineTempID<{ userId: number }>({ purpose: 'open' });
const Unlimited = defineTempID({ purpose: 'unlimited', maxUses: 0 });

abstract class Base {
  @Post('inherited')
  @UseTempID({ purpose: 'open', consume: true })
  inherited(): string {
    return 'done';
  }
}

let warn: jest.SpiedFunction<Logger['warn']>;
const warnings = () => warn.mock.calls.map(([message]) => String(message));

beforeEach(() => {
  warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** Sends the paths, each three times, with a token of its own that these options make, and answers what was warned of. */
async function warningsOf(controllers: Type[], paths: string[], options: object = {}) {
  const { app, tempid, send } = await startApp('Express', controllers);
  const atStart = warnings().length;
  const tokens: string[] = [];
  for (const path of [...paths, ...paths, ...paths]) {
    const payload = { secret: 'of the payload' };
    const { value } = await tempid.mint({ purpose: 'open', payload, ...options });
    tokens.push(value);
    expect([path, (await send(path, json({ token: value }))).status]).toEqual([path, 201]);
  }
  await app.close();
  const said = warnings().slice(atStart);
  for (const text of ['of the payload', ...tokens]) expect(said.join(' ')).not.toContain(text);
  return said;
}

describe('a route that uses tokens, and a token without a limit', () => {
  it('should be warned of once, by the name of the route', async () => {
    @Controller()
    class SpendingController {
      @Post('always')
      @UseTempID({ purpose: 'open', consume: true })
      always(): string {
        return 'done';
      }

      @Post('on-success')
      @UseTempID({ purpose: 'open', consume: 'on-success' })
      onSuccess(): string {
        return 'done';
      }

      @TempIDLink('link', { purpose: 'open' })
      link(): string {
        return 'done';
      }

      @Post('kind')
      @UseTempID(Open, { consume: true })
      kind(): string {
        return 'done';
      }

      @Post('request')
      @UseTempID({ purpose: 'open', consume: true, guard: PerRequestGuard })
      request(): string {
        return 'done';
      }
    }
    const paths = ['/always', '/on-success', '/link', '/kind', '/request'];
    const said = await warningsOf([SpendingController], paths);
    expect(said.map((message) => /^[\w.]+/.exec(message)?.[0])).toEqual([
      'SpendingController.always',
      'SpendingController.onSuccess',
      'SpendingController.link',
      'SpendingController.kind',
      'SpendingController.request',
    ]);
    expect(said[0]).toMatch(
      /every use of it is allowed until it expires.* 'maxUses' .*checkUses: true/,
    );
    expect(said[2]).toMatch(/every use of it is allowed until it expires.* maxUses: 0/);
  });

  it('should be warned of on a class, of each handler, and of each class that inherits one', async () => {
    @Controller('one')
    class OneController extends Base {}
    @Controller('other')
    @UseTempID({ purpose: 'open', consume: true })
    class OtherController extends Base {
      @Post('own')
      own(): string {
        return 'done';
      }
    }
    const said = await warningsOf(
      [OneController, OtherController],
      ['/one/inherited', '/other/inherited', '/other/own'],
    );
    expect(said.map((message) => /^[\w.]+/.exec(message)?.[0])).toEqual([
      'OneController.inherited',
      'OtherController.inherited',
      'OtherController.own',
    ]);
  });

  it('should not be warned of where nothing is used, or the token has a limit', async () => {
    @Controller()
    class QuietController {
      @Post('verify')
      @UseTempID({ purpose: 'open' })
      verify(): string {
        return 'done';
      }

      @Post('check')
      @UseTempID({ purpose: 'open', checkUses: true })
      check(): string {
        return 'done';
      }
    }
    @Controller()
    class LimitedController {
      @Post('use')
      @UseTempID({ purpose: 'open', consume: true })
      use(): string {
        return 'done';
      }
    }
    expect(await warningsOf([QuietController], ['/verify', '/check'])).toEqual([]);
    expect(await warningsOf([LimitedController], ['/use'], { maxUses: 1 })).toEqual([]);
  });

  it('should not be warned of where the token is refused', async () => {
    @Controller()
    class RefusingController {
      @Post('use')
      @UseTempID({ purpose: 'open', consume: true })
      use(): string {
        return 'done';
      }
    }
    const { app, tempid, send } = await startApp('Express', [RefusingController]);
    const atStart = warnings().length;
    const { value: token } = await tempid.mint({ purpose: 'other' });
    expect((await send('/use', json({ token }))).status).toBe(401);
    expect(warnings().slice(atStart)).toEqual([]);
    await app.close();
  });

  it('should not be warned of on a code, whose attempts always have a limit', async () => {
    @Controller()
    class CodeController {
      @Post('code')
      @UseTempIDCode({ purpose: 'login' })
      code(): string {
        return 'done';
      }
    }
    const { app, tempid, send } = await startApp('Express', [CodeController]);
    const atStart = warnings().length;
    const { code, challenge } = await tempid.mintCode({ purpose: 'login' });
    expect((await send('/code', json({ code, challenge: challenge.value }))).status).toBe(201);
    expect(warnings().slice(atStart)).toEqual([]);
    await app.close();
  });
});

describe('a kind whose tokens have no limit, on a route that uses them', () => {
  it('should be warned of at the start, and by no request', async () => {
    @Controller()
    class UnlimitedController {
      @Post('use')
      @UseTempID(Unlimited, { consume: true })
      use(): string {
        return 'done';
      }

      @Get('look')
      @UseTempID(Unlimited, { checkUses: true })
      look(): string {
        return 'done';
      }
    }
    const { app, tempid, send } = await startApp('Express', [UnlimitedController]);
    expect(warnings()).toEqual([
      expect.stringMatching(
        /^UnlimitedController\.use .* kind 'unlimited', whose 'maxUses' is 0.*checkUses: true/,
      ),
    ]);
    const { value: token } = await tempid.mint(Unlimited);
    expect((await send('/use', json({ token }))).status).toBe(201);
    expect(warnings()).toHaveLength(1);
    await app.close();
  });

  it('should be meant on a link, which always uses its token, and be no warning', async () => {
    @Controller()
    class UnsubscribeController {
      @TempIDLink('unsubscribe', Unlimited)
      unsubscribe(): string {
        return 'done';
      }
    }
    const { app, tempid, send } = await startApp('Express', [UnsubscribeController]);
    const { value: token } = await tempid.mint(Unlimited);
    expect((await send('/unsubscribe', json({ token }))).status).toBe(201);
    expect(warnings()).toEqual([]);
    await app.close();
  });
});

import {
  BadRequestException,
  Body,
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  HttpCode,
  type NestInterceptor,
  ParseIntPipe,
  Post,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mergeMap, type Observable, throwError } from 'rxjs';
import { type TempID, UseTempID } from '../../src/index.js';
import { concurrently } from '../support/concurrently.js';
import { Gate } from '../support/gate.js';
import { json, PLATFORMS, type RunningApp, startApp } from '../support/http.js';

class RefusingGuard implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException();
  }
}

class ThrowingBefore implements NestInterceptor {
  intercept(): Observable<unknown> {
    throw new BadRequestException();
  }
}

class ThrowingAfter implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(mergeMap(() => throwError(() => new BadRequestException())));
  }
}

const gate = new Gate();

// Nest runs the guards and interceptors of the decorator nearest to the handler first.
const ON_SUCCESS = { consume: 'on-success' } as const;

@Controller()
class ConsumeController {
  @Post('plain')
  @UseTempID()
  plain(): string {
    return 'done';
  }

  @Post('consume')
  @UseTempID(true)
  consume(): string {
    return 'done';
  }

  @Post('refused-before')
  @UseTempID(true)
  @UseGuards(RefusingGuard)
  refusedBefore(): string {
    return 'done';
  }

  @Post('piped')
  @UseTempID(true)
  piped(@Body('number', ParseIntPipe) number: number): number {
    return number;
  }

  @Post('success/piped')
  @UseTempID(ON_SUCCESS)
  successPiped(@Body('number', ParseIntPipe) number: number): number {
    return number;
  }

  @Post('success/throws')
  @UseTempID(ON_SUCCESS)
  successThrows(): never {
    throw new Error('of the handler');
  }

  @Post('success/status')
  @UseTempID(ON_SUCCESS)
  @HttpCode(422)
  successStatus(): string {
    return 'not quite';
  }

  @Post('success/guard')
  @UseGuards(RefusingGuard)
  @UseTempID(ON_SUCCESS)
  successGuard(): string {
    return 'done';
  }

  @Post('success/before')
  @UseTempID(ON_SUCCESS)
  @UseInterceptors(ThrowingBefore)
  successBefore(): string {
    return 'done';
  }

  @Post('success/after')
  @UseTempID(ON_SUCCESS)
  @UseInterceptors(ThrowingAfter)
  successAfter(): string {
    return 'done';
  }

  @Post('success/slow')
  @UseTempID(ON_SUCCESS)
  async successSlow(@Body('fail') fail: boolean): Promise<string> {
    await gate.pass();
    if (fail) throw new BadRequestException();
    return 'done';
  }
}

@Controller('both')
@UseTempID(true)
class BothController {
  @Post()
  @UseTempID(true)
  both(): string {
    return 'done';
  }

  @Post('read-only')
  @UseTempID(false)
  readOnly(): string {
    return 'done';
  }

  @Post('class')
  ofTheClass(): string {
    return 'done';
  }
}

describe.each(PLATFORMS)('what a request spends on %s', (platform) => {
  let running: RunningApp;
  let token: TempID<null>;
  const mint = async (maxUses: number) => {
    token = await running.tempid.mint({ maxUses });
  };
  const post = async (path: string, body: object = {}) =>
    (await running.send(path, json({ ...body, token: token.value }))).status;
  const used = async () => (await running.tempid.usesInfo(token)).used;
  /** What comes after the guard and around the interceptor is judged once the answer is closed. */
  const eventuallyUsed = async (expected: number) => {
    while ((await used()) !== expected) await new Promise(setImmediate);
  };

  beforeAll(async () => {
    running = await startApp(platform, [ConsumeController, BothController]);
  });

  afterAll(() => running.app.close());

  it('is nothing without consume', async () => {
    await mint(1);
    expect([await post('/plain'), await post('/plain')]).toEqual([201, 201]);
    expect(await used()).toBe(0);
  });

  it('is one use with consume, and exactly 50 of 200 requests at once get one of 50', async () => {
    await mint(50);
    const statuses = await concurrently(200, () => post('/consume'));
    expect(statuses.filter((status) => status === 201)).toHaveLength(50);
    expect(statuses.filter((status) => status === 401)).toHaveLength(150);
  });

  it('is one use where the class and the handler are decorated', async () => {
    await mint(5);
    expect(await post('/both')).toBe(201);
    expect(await used()).toBe(1);
  });

  it('is what the handler says, otherwise what the class says', async () => {
    await mint(5);
    expect(await post('/both/read-only')).toBe(201);
    expect(await used()).toBe(0);
    expect(await post('/both/class')).toBe(201);
    expect(await used()).toBe(1);
  });

  it('is nothing where a guard that comes before refuses', async () => {
    await mint(1);
    expect(await post('/refused-before')).toBe(403);
    expect(await used()).toBe(0);
  });

  it('is one use where a pipe refuses, since pipes come after guards', async () => {
    await mint(1);
    expect(await post('/piped', { number: 'many' })).toBe(400);
    expect(await used()).toBe(1);
  });

  describe('with consume on success', () => {
    it('is one use where the request succeeds', async () => {
      await mint(1);
      expect(await post('/success/piped', { number: 3 })).toBe(201);
      expect(await post('/success/piped', { number: 3 })).toBe(401);
      expect(await used()).toBe(1);
    });

    it('is nothing where a pipe refuses, already when the answer comes', async () => {
      await mint(1);
      expect(await post('/success/piped', { number: 'many' })).toBe(400);
      expect(await used()).toBe(0);
      expect(await post('/success/piped', { number: 3 })).toBe(201);
    });

    it('is nothing where the handler throws', async () => {
      await mint(1);
      expect(await post('/success/throws')).toBe(500);
      expect(await used()).toBe(0);
    });

    it.each([
      ['the handler answers a status that is no success', 'status', 422],
      ['a guard that comes after refuses', 'guard', 403],
      ['an interceptor around throws before the handler', 'before', 400],
      ['an interceptor around throws after the handler', 'after', 400],
    ])('is nothing where %s', async (_, path, status) => {
      await mint(1);
      expect(await post(`/success/${path}`)).toBe(status);
      await eventuallyUsed(0);
      expect(await post('/consume')).toBe(201);
    });

    it('is never shared: the use is taken as long as the request runs', async () => {
      await mint(1);
      gate.shut();
      const first = post('/success/slow', { fail: true });
      await gate.arrival();
      expect(await concurrently(20, () => post('/success/slow'))).toEqual(Array(20).fill(401));
      gate.open();
      expect(await first).toBe(400);
      expect(await post('/success/slow')).toBe(201);
      expect(await post('/success/slow')).toBe(401);
    });

    it('stays spent where the client hangs up and the handler succeeds all the same', async () => {
      await mint(1);
      gate.shut();
      const client = request(`${running.url}/success/slow?token=${token.value}`, {
        method: 'POST',
      });
      client.on('error', () => {});
      client.end();
      await gate.arrival();
      const gone = new Promise((resolve) => client.on('close', resolve));
      client.destroy();
      await gone;
      expect(await post('/success/slow')).toBe(401);
      gate.open();
      await gate.departure();
      expect(await post('/success/slow')).toBe(401);
      expect(await used()).toBe(1);
    });

    it('never lets more run at once than there are uses, whatever fails', async () => {
      await mint(10);
      const statuses = await concurrently(200, (index) =>
        post('/success/piped', { number: index % 2 ? 'many' : index }),
      );
      expect(statuses.filter((status) => status === 201).length).toBeLessThanOrEqual(10);
      expect(await used()).toBe(statuses.filter((status) => status === 201).length);
    });
  });
});

import {
  Body,
  type CanActivate,
  Controller,
  ForbiddenException,
  ParseIntPipe,
  Post,
  UseGuards,
} from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UseTempID } from '../../src/index.js';
import { concurrently } from '../../src/testing/support.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { TokenHolder } from '../support/token-holder.js';

class RefusingGuard implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException();
  }
}

// Nest runs the guards of the decorator nearest to the handler first.
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

describe.each(PLATFORMS)('the uses of a request on %s', (platform) => {
  let running: RunningApp;
  const holder = (maxUses: number) => TokenHolder.with(running, maxUses);

  beforeAll(async () => {
    running = await startApp(platform, [ConsumeController, BothController]);
  });

  afterAll(() => running.app.close());

  it('a request counts no use without consume', async () => {
    const ada = await holder(1);
    expect([await ada.post('/plain'), await ada.post('/plain')]).toEqual([201, 201]);
    expect(await ada.used()).toBe(0);
  });

  it('a request counts one use with consume, and exactly 50 of 200 concurrent requests get one of 50', async () => {
    const ada = await holder(50);
    const statuses = await concurrently(200, () => ada.post('/consume'));
    expect(statuses.filter((status) => status === 201)).toHaveLength(50);
    expect(statuses.filter((status) => status === 401)).toHaveLength(150);
  });

  it('a request counts one use where both the class and the handler are decorated', async () => {
    const ada = await holder(5);
    expect(await ada.post('/both')).toBe(201);
    expect(await ada.used()).toBe(1);
  });

  it('the decorator of the handler decides over that of the class whether a use is counted', async () => {
    const ada = await holder(5);
    expect(await ada.post('/both/read-only')).toBe(201);
    expect(await ada.used()).toBe(0);
    expect(await ada.post('/both/class')).toBe(201);
    expect(await ada.used()).toBe(1);
  });

  it('a request that an earlier guard refuses counts no use', async () => {
    const ada = await holder(1);
    expect(await ada.post('/refused-before')).toBe(403);
    expect(await ada.used()).toBe(0);
  });

  it('a request that a pipe refuses counts a use, since pipes come after guards', async () => {
    const ada = await holder(1);
    expect(await ada.post('/piped', { number: 'many' })).toBe(400);
    expect(await ada.used()).toBe(1);
  });
});

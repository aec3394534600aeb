import { Controller, Get, Logger, Post } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  MemoryTempIDStore,
  TempIDEvents,
  TempIDLink,
  type TempIDEvent,
  UseTempID,
} from '../../src/index.js';
import { outageOf } from '../../src/stores/store-outage.js';
import { startApp } from '../support/http.js';

@Controller()
class Routes {
  @Post('use')
  @UseTempID(true)
  use(): string {
    return 'used';
  }

  @Post('named')
  @UseTempID({ consume: true, by: () => undefined })
  named(): string {
    return 'used';
  }

  @TempIDLink('link', { purpose: 'link' })
  link(): string {
    return 'clicked';
  }

  @Get('open')
  open(): string {
    return 'open';
  }
}

class OwnStore extends MemoryTempIDStore {}

async function start() {
  const running = await startApp('Express', [Routes], { store: OwnStore });
  const seen: TempIDEvent[] = [];
  let isDone = false;
  running.app
    .get(TempIDEvents)
    .subscribe({ next: (event) => void seen.push(event), complete: () => void (isDone = true) });
  const next = async () => {
    await new Promise(setImmediate);
    return seen.splice(0).map((event) => ('code' in event ? event.code : event.type));
  };
  return { ...running, next, isDone: () => isDone };
}

describe('the events of an application', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('a guard makes one `refused` for a request without a token, and none beside those of the service', async () => {
    const { app, tempid, send, next } = await start();
    await send('/use', { method: 'POST' });
    expect(await next()).toEqual(['TEMPID_MISSING']);
    await send('/use?token=garbage', { method: 'POST' });
    expect(await next()).toEqual(['TEMPID_FORMAT']);
    const { value } = await tempid.mint({ maxUses: 1 });
    for (let time = 0; time < 2; time++) await send(`/use?token=${value}`, { method: 'POST' });
    expect(await next()).toEqual(['minted', 'used', 'TEMPID_EXHAUSTED']);
    await send('/open');
    expect(await next()).toEqual([]);
    await app.close();
  });

  it('a guard makes one `refused` for a request that does not say who uses the token, and uses nothing', async () => {
    const { app, tempid, send, next } = await start();
    const token = await tempid.mint({ maxUses: 1 });
    await send(`/named?token=${token.value}`, { method: 'POST' });
    expect(await next()).toEqual(['minted', 'TEMPID_SCOPE']);
    expect((await tempid.usesInfo(token)).used).toBe(0);
    await app.close();
  });

  it('a scanner that opens a link makes `verified`, one that only looks nothing, and a click `used`', async () => {
    const { app, tempid, send, next } = await start();
    const { value } = await tempid.mint({ purpose: 'link', maxUses: 1 });
    await next();
    await send(`/link?token=${value}`, { method: 'HEAD' });
    expect(await next()).toEqual([]);
    expect((await send(`/link?token=${value}`)).status).toBe(200);
    expect(await next()).toEqual(['verified']);
    await send(`/link?token=${value}`, { method: 'POST' });
    expect(await next()).toEqual(['used']);
    await app.close();
  });

  it('an outage makes `store-unavailable` once and `store-back` when it is over, until the application ends', async () => {
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const { app, next, isDone } = await start();
    const outage = outageOf(app.get(OwnStore));
    outage.lose('no connection');
    outage.lose('no connection still');
    expect(await next()).toEqual(['store-unavailable']);
    outage.succeed();
    outage.end();
    expect(await next()).toEqual(['store-back']);
    await app.close();
    expect(isDone()).toBe(true);
    expect(outage.events.size).toBe(0);
  });
});

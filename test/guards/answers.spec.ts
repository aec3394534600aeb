import { Controller, Get } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  MemoryTempIDStore,
  TempIDStore,
  type UseTempIDOptions,
  UseTempID,
} from '../../src/index.js';
import { OLD_SECRET } from '../support/secrets.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { createService } from '../support/service.js';

const ROUTE: UseTempIDOptions = { purpose: 'read', consume: true };

@Controller()
class ReadController {
  @Get('read')
  @UseTempID(ROUTE)
  read(): string {
    return 'read';
  }
}

/** Counts in memory until it is told to break. */
class FragileStore extends MemoryTempIDStore {
  isBroken = false;

  override async consume(id: string, maxUses: number, keepUntil: Date) {
    if (this.isBroken) throw new Error('no connection');
    return super.consume(id, maxUses, keepUntil);
  }
}

function unauthorized(code: string, message: string) {
  return { status: 401, body: { statusCode: 401, error: 'Unauthorized', code, message } };
}

describe.each(PLATFORMS)('what the guard answers on %s', (platform) => {
  let running: RunningApp;
  const get = (token: string) => running.send(`/read?token=${encodeURIComponent(token)}`);

  beforeAll(async () => {
    running = await startApp(platform, [ReadController], { store: FragileStore });
  });

  afterAll(() => running.app.close());

  it('a good token lets a request through', async () => {
    const token = await running.tempid.mint({ purpose: 'read' });
    expect(await get(token.value)).toMatchObject({ status: 200, body: 'read' });
  });

  it('a request without a token is answered 401 with TEMPID_MISSING', async () => {
    const answer = await running.send('/read');
    expect(answer).toMatchObject(unauthorized('TEMPID_MISSING', 'A token is needed.'));
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('a forged token is answered as garbage is', async () => {
    const { value } = await createService({ secret: OLD_SECRET }).mint({ purpose: 'read' });
    const format = unauthorized('TEMPID_FORMAT', 'The token is not valid.');
    expect(await get('garbage')).toMatchObject(format);
    expect(await get(value)).toMatchObject(format);
    const good = await running.tempid.mint({ purpose: 'read' });
    expect(await get(`${good.value.slice(0, -8)}AAAAAAAA`)).toMatchObject(format);
  });

  it('an expired token is answered 401 with TEMPID_EXPIRED', async () => {
    const past = Date.now() - 3_600_000;
    const { value } = await createService().mint({ purpose: 'read', expiresIn: '2s' });
    const now = Date.now;
    Date.now = () => past;
    const expired = await createService().mint({ purpose: 'read', expiresIn: '1m' });
    Date.now = now;
    expect(await get(expired.value)).toMatchObject(
      unauthorized('TEMPID_EXPIRED', 'The token has expired.'),
    );
    expect(await get(value)).toMatchObject({ status: 200 });
  });

  it('a token before its notBefore is answered 401 with TEMPID_NOT_YET_VALID', async () => {
    const notBefore = new Date(Date.now() + 60_000);
    const token = await running.tempid.mint({ purpose: 'read', notBefore });
    expect(await get(token.value)).toMatchObject(
      unauthorized('TEMPID_NOT_YET_VALID', 'The token is not valid yet.'),
    );
  });

  it('a token of another purpose is answered 401 with TEMPID_SCOPE', async () => {
    const token = await running.tempid.mint({ purpose: 'write' });
    expect(await get(token.value)).toMatchObject(
      unauthorized('TEMPID_SCOPE', 'The token is not meant for this.'),
    );
  });

  it('a token that is used up is answered 401 with TEMPID_EXHAUSTED', async () => {
    const token = await running.tempid.mint({ purpose: 'read', maxUses: 1 });
    expect(await get(token.value)).toMatchObject({ status: 200 });
    expect(await get(token.value)).toMatchObject(
      unauthorized('TEMPID_EXHAUSTED', 'The token has been used up.'),
    );
  });

  it('a token that was revoked is answered 401 with TEMPID_REVOKED', async () => {
    const token = await running.tempid.mint({ purpose: 'read', maxUses: 1 });
    await running.tempid.revoke(token);
    expect(await get(token.value)).toMatchObject(
      unauthorized('TEMPID_REVOKED', 'The token was revoked.'),
    );
  });

  it('a store that cannot answer is answered 503 with Retry-After', async () => {
    const store = running.app.get<FragileStore>(TempIDStore);
    const token = await running.tempid.mint({ purpose: 'read', maxUses: 1 });
    store.isBroken = true;
    const answer = await get(token.value);
    store.isBroken = false;
    expect(answer).toMatchObject({
      status: 503,
      body: {
        statusCode: 503,
        error: 'Service Unavailable',
        code: 'TEMPID_STORE_UNAVAILABLE',
        message: 'Tokens cannot be checked right now. Try again shortly.',
      },
    });
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(await get(token.value)).toMatchObject({ status: 200 });
  });
});

import { Controller, Post } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  MemoryTempIDStore,
  TempIDExpiredError,
  TempIDLink,
  TempIDNotYetValidError,
  type TempIDService,
  UseTempID,
  UseTempIDCode,
} from '../../../src/index.js';
import { Browser, heading } from '../../links/browser.js';
import { MINUTE, NOW, setClock } from '../../support/clock.js';
import { json, PLATFORMS, startApp } from '../../support/http.js';
import { createService } from '../../support/service.js';

const DAY = 24 * 60 * MINUTE;
const OPEN = { purpose: 'open', subject: 'user 42' } as const;
const named = { purpose: 'open' } as const;

/** Each way in which the store is asked about a token. */
const QUESTIONS: readonly [string, (service: TempIDService, value: string) => Promise<unknown>][] =
  [
    ['useOrThrow', (tempid, value) => tempid.useOrThrow(value, named)],
    ['checkUses', (tempid, value) => tempid.verifyOrThrow(value, { ...named, checkUses: true })],
    ["revocation: 'always'", (tempid, value) => tempid.verifyOrThrow(value, named)],
  ];

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a token from a machine whose clock is ahead', () => {
  it.each([1, 0])(
    'a token from a clock that is ahead is refused as not valid yet, with maxUses %j, and works when its time comes',
    async (maxUses) => {
      const tempid = createService({ revocation: 'always' });
      setClock(NOW + 2 * MINUTE);
      const token = await tempid.mint({ ...OPEN, maxUses });
      setClock(NOW);
      for (const [, ask] of QUESTIONS) {
        await expect(ask(tempid, token.value)).rejects.toThrow(TempIDNotYetValidError);
      }
      expect((await tempid.usesInfo(token)).left).toBe(maxUses || null);
      setClock(NOW + MINUTE);
      expect(await tempid.use(token.value, named)).toBe(true);
    },
  );

  it('usesInfo counts the uses of a token from a clock that is ahead', async () => {
    const store = new MemoryTempIDStore();
    setClock(NOW + 2 * MINUTE);
    const token = await createService({}, store).mint({ ...OPEN, maxUses: 2 });
    expect(await createService({}, store).use(token.value, named)).toBe(true);
    setClock(NOW);
    expect(await createService({}, store).usesInfo(token)).toEqual({ total: 2, used: 1, left: 1 });
  });

  it('a challenge from a clock that is ahead is refused with its right code, and loses no attempt', async () => {
    const tempid = createService();
    setClock(NOW + 2 * MINUTE);
    const { code, challenge } = await tempid.mintCode({ ...OPEN, maxAttempts: 3 });
    setClock(NOW);
    const answer = () => tempid.verifyCodeOrThrow(challenge, code, named);
    await expect(answer()).rejects.toThrow(TempIDNotYetValidError);
    expect(await tempid.usesInfo(challenge)).toEqual({ total: 3, used: 0, left: 3 });
    setClock(NOW + MINUTE);
    expect((await answer()).subject).toBe('user 42');
  });
});

describe(`a token that is older than 'maxLifetime'`, () => {
  it('a token that is older than maxLifetime is refused as expired, whatever the machine that minted it allows', async () => {
    const store = new MemoryTempIDStore();
    setClock(NOW);
    const token = await createService({}, store).mint({ ...OPEN, maxUses: 1, expiresIn: '30d' });
    const short = createService({ maxLifetime: '7d', revocation: 'always' }, store);
    setClock(NOW + 7 * DAY);
    for (const [, ask] of QUESTIONS) {
      await expect(ask(short, token.value)).rejects.toThrow(TempIDExpiredError);
    }
    await expect(short.useOrThrow(token.value, named)).rejects.toThrow(`older than 'maxLifetime'`);
    expect((await short.usesInfo(token)).left).toBe(0);
  });

  it('a challenge that is older than maxLifetime is refused with its right code', async () => {
    const store = new MemoryTempIDStore();
    setClock(NOW);
    const { code, challenge } = await createService({}, store).mintCode({
      ...OPEN,
      expiresIn: '1h',
    });
    const short = createService({ maxLifetime: '30m' }, store);
    setClock(NOW + 30 * MINUTE);
    await expect(short.verifyCodeOrThrow(challenge, code, named)).rejects.toThrow(
      TempIDExpiredError,
    );
  });
});

@Controller('early')
class EarlyController {
  @Post('use')
  @UseTempID({ purpose: 'open', consume: true })
  use(): string {
    return 'ran';
  }

  @Post('code')
  @UseTempIDCode({ purpose: 'open' })
  code(): string {
    return 'ran';
  }

  @TempIDLink('link', { purpose: 'open' })
  link(): string {
    return 'ran';
  }
}

describe.each(PLATFORMS)('what people are told of a clock that is ahead, on %s', (platform) => {
  it('the page of a link from a clock that is ahead says that it does not work yet, and not that it was revoked', async () => {
    const { app, tempid, send, url } = await startApp(platform, [EarlyController]);
    setClock(Date.now() + 5 * MINUTE);
    const { value } = await tempid.mint({ ...OPEN, maxUses: 1 });
    const { code, challenge } = await tempid.mintCode(OPEN);
    jest.restoreAllMocks();
    const notYet = { status: 401, body: { code: 'TEMPID_NOT_YET_VALID' } };
    expect(await send('/early/use', json({ token: value }))).toMatchObject(notYet);
    expect(await send('/early/code', json({ challenge: challenge.value, code }))).toMatchObject(
      notYet,
    );
    const browser = new Browser({ url });
    const page = await browser.open(tempid.link('/early/link', value));
    expect([page.status, heading(page)]).toEqual([401, 'This link does not work yet']);
    await app.close();
  });
});

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  TempIDConfigurationError,
  TempIDExpiredError,
  TempIDNotYetValidError,
} from '../../src/index.js';
import { MINUTE, NOW, setClock } from '../support/clock.js';
import { createService } from '../support/service.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the time of a token', () => {
  it('verify and use refuse a token from its expiry on', async () => {
    const tempid = createService();
    setClock(NOW);
    const { value, expiresAt } = await tempid.mint({ expiresIn: '15m' });
    setClock(expiresAt.getTime() - 1);
    expect(await tempid.verify(value)).not.toBeNull();
    setClock(expiresAt.getTime());
    await expect(tempid.verifyOrThrow(value)).rejects.toThrow(TempIDExpiredError);
    expect(await tempid.use(value)).toBe(false);
    expect((await tempid.parse(value)).isExpired()).toBe(true);
  });

  it('verify refuses a token before its notBefore, and accepts it within that second', async () => {
    const tempid = createService();
    setClock(NOW);
    const { value } = await tempid.mint({ notBefore: new Date(NOW + 1) });
    await expect(tempid.verifyOrThrow(value)).rejects.toThrow(TempIDNotYetValidError);
    setClock(NOW + 750);
    expect(await tempid.verify(value)).not.toBeNull();
  });

  it('a duration as notBefore begins when the token is minted', async () => {
    const tempid = createService();
    setClock(NOW);
    const { value, notBefore } = await tempid.mint({ notBefore: '5m', expiresIn: '15m' });
    expect(notBefore).toEqual(new Date('2026-01-01T12:05:01Z'));
    setClock(NOW + 5 * MINUTE);
    await expect(tempid.verifyOrThrow(value)).rejects.toThrow(TempIDNotYetValidError);
    setClock(NOW + 5 * MINUTE + 750);
    expect(await tempid.verify(value)).not.toBeNull();
  });

  it.each([
    ['soon', /'notBefore' must be a whole number and one of s, m, h, d, w/],
    ['0s', /'notBefore' must be at least '1s'/],
    ['10m', /'notBefore' must come before the expiry/],
    ['9999999999w', /'notBefore' must come before the expiry/],
    [60, /'notBefore' must be a valid Date after 1970/],
  ])('mint refuses %p as notBefore of a token that lives 10 minutes', async (notBefore, reason) => {
    const minting = createService().mint({ notBefore, expiresIn: '10m' } as object);
    await expect(minting).rejects.toThrow(reason);
    await expect(minting).rejects.toThrow(TempIDConfigurationError);
  });

  it('verify accepts a token 30 seconds before notBefore and after expiry with a leeway of 30 seconds', async () => {
    const tempid = createService({ leeway: '30s' });
    setClock(NOW);
    const early = await tempid.mint({ notBefore: new Date(NOW + 30_000) });
    const { value, expiresAt } = await tempid.mint({ expiresIn: '1m' });
    setClock(NOW + 750);
    expect(await tempid.verify(early.value)).not.toBeNull();
    setClock(expiresAt.getTime() + 29_999);
    expect(await tempid.verify(value)).not.toBeNull();
    setClock(expiresAt.getTime() + 30_000);
    expect(await tempid.verify(value)).toBeNull();
  });

  it('use refuses a TempID in hand from its expiry on', async () => {
    const tempid = createService();
    setClock(NOW);
    const token = await tempid.mint({ maxUses: 2, expiresIn: '1m' });
    expect(await tempid.use(token)).toBe(true);
    setClock(NOW + MINUTE);
    expect(await tempid.use(token)).toBe(false);
    expect(await tempid.usesInfo(token)).toEqual({ total: 2, used: 1, left: 1 });
  });
});

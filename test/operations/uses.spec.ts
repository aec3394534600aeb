import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  MemoryTempIDStore,
  TempIDConfigurationError,
  TempIDExhaustedError,
  TempIDFormatError,
  TempIDRevokedError,
  TempIDScopeError,
  TempIDTamperedError,
  type UseOptions,
} from '../../src/index.js';
import { BrokenStore } from '../support/broken-store.js';
import { MINUTE, NOW, setClock } from '../support/clock.js';
import { OLD_SECRET } from '../support/secrets.js';
import { createService } from '../support/service.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the uses of a token', () => {
  it('use counts one use a call, for the token and its string together', async () => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 2 });
    expect(await tempid.usesInfo(token)).toEqual({ total: 2, used: 0, left: 2 });
    expect(await tempid.use(token)).toBe(true);
    expect(await tempid.use(token.value)).toBe(true);
    expect(await tempid.use(token)).toBe(false);
    expect(await tempid.usesInfo(token.value)).toEqual({ total: 2, used: 2, left: 0 });
    await expect(tempid.useOrThrow(token)).rejects.toThrow(TempIDExhaustedError);
  });

  it('verify ignores the count, and with checkUses refuses a used-up token without counting a use', async () => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 1 });
    expect(await tempid.verify(token.value, { checkUses: true })).not.toBeNull();
    await tempid.use(token);
    expect(await tempid.verify(token.value)).not.toBeNull();
    expect(await tempid.verify(token.value, { checkUses: true })).toBeNull();
    await expect(tempid.verifyOrThrow(token.value, { checkUses: true })).rejects.toThrow(
      TempIDExhaustedError,
    );
  });

  it('a token without maxUses works until it is revoked', async () => {
    const tempid = createService();
    const token = await tempid.mint();
    expect([await tempid.use(token), await tempid.use(token)]).toEqual([true, true]);
    expect(await tempid.usesInfo(token)).toEqual({ total: null, used: null, left: null });
    await tempid.refund(token);
    await tempid.revoke(token);
    expect(await tempid.use(token)).toBe(false);
    expect(await tempid.usesInfo(token)).toEqual({ total: null, used: null, left: 0 });
    await expect(tempid.useOrThrow(token)).rejects.toThrow(TempIDRevokedError);
  });

  it('refund lets one more use through, and revoke ends all of them', async () => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 1 });
    await tempid.use(token);
    await tempid.refund(token.value);
    expect(await tempid.use(token)).toBe(true);
    await tempid.refund(token);
    await tempid.revoke(token.value);
    await tempid.refund(token);
    await expect(tempid.useOrThrow(token)).rejects.toThrow(TempIDRevokedError);
    await expect(tempid.verifyOrThrow(token.value, { checkUses: true })).rejects.toThrow(
      TempIDRevokedError,
    );
    expect(await tempid.usesInfo(token)).toEqual({ total: 1, used: 1, left: 0 });
  });

  it('usesInfo, refund and revoke reject for a string that is no authentic token', async () => {
    const store = new BrokenStore();
    const tempid = createService({}, store);
    for (const call of ['usesInfo', 'refund', 'revoke', 'useOrThrow'] as const) {
      await expect(tempid[call]('garbage')).rejects.toThrow(TempIDFormatError);
    }
    expect(await tempid.use('garbage')).toBe(false);
    expect(store.asked).toBe(0);
  });

  it('purgeExpired forgets a count an hour and the leeway after the expiry', async () => {
    const store = new MemoryTempIDStore();
    const tempid = createService({ leeway: '1m' }, store);
    setClock(NOW);
    await tempid.use(await tempid.mint({ maxUses: 1, expiresIn: '10m' }));
    await store.purgeExpired(new Date(NOW + 70 * MINUTE));
    expect(store.size).toBe(1);
    await store.purgeExpired(new Date(NOW + 72 * MINUTE));
    expect(store.size).toBe(0);
  });
});

describe('a TempID in hand', () => {
  const SCOPE = { purpose: 'reset', audience: 'web', boundTo: 'hash' };

  it('use verifies a TempID that was only parsed, like its string', async () => {
    const tempid = createService();
    const { value } = await tempid.mint({ ...SCOPE, maxUses: 1 });
    const parsed = await tempid.parse(value);
    expect(await tempid.use(parsed)).toBe(false);
    await expect(tempid.useOrThrow(parsed, { purpose: 'other' })).rejects.toThrow(TempIDScopeError);
    expect(await tempid.use(parsed, SCOPE)).toBe(true);
  });

  it('use trusts a TempID that the same service has minted or verified', async () => {
    const tempid = createService();
    const minted = await tempid.mint({ ...SCOPE, maxUses: 2 });
    const verified = await tempid.verifyOrThrow(minted.value, SCOPE);
    expect([await tempid.use(minted), await tempid.use(verified)]).toEqual([true, true]);
  });

  it('a TempID of a service with another secret is refused', async () => {
    const other = createService({ secret: OLD_SECRET });
    const tempid = createService();
    const foreign = await other.mint({ maxUses: 1 });
    expect(await tempid.use(foreign)).toBe(false);
    for (const call of ['usesInfo', 'refund', 'revoke'] as const) {
      await expect(tempid[call](foreign)).rejects.toThrow(TempIDTamperedError);
    }
  });
});

describe('what a store adds to use', () => {
  it('use verifies all options beside those of the store, however the object was made', async () => {
    const store = Object.assign(new MemoryTempIDStore(), { useOptions: ['manager'] });
    const tempid = createService({}, store);
    const options = new (class {
      get purpose() {
        return 'reset';
      }
    })();
    const token = await tempid.mint({ maxUses: 1 });
    expect(await tempid.use(token.value, options)).toBe(false);
    expect(await tempid.use(token.value)).toBe(true);
  });

  it('use refuses an option that its store does not have', async () => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 1 });
    const options = { manager: {} } as UseOptions;
    await expect(tempid.use(token, options)).rejects.toThrow(
      new TempIDConfigurationError(
        `use has no option 'manager'. The options are purpose, audience, subject, boundTo, checkUses, kind, context, by, repeat.`,
      ),
    );
    expect((await tempid.usesInfo(token)).used).toBe(0);
  });
});

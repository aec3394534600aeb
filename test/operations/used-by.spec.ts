import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  MemoryTempIDStore,
  TempIDAlreadyUsedError,
  TempIDConfigurationError,
  TempIDExhaustedError,
  TempIDFormatError,
  TempIDRevokedError,
  TempIDScopeError,
  TempIDStore,
  TempIDStoreUnavailableError,
  type UseOptions,
} from '../../src/index.js';
import { concurrently } from '../../src/testing/support.js';
import { BrokenStore } from '../support/broken-store.js';
import { NOW, setClock } from '../support/clock.js';
import { createService } from '../support/service.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** It counts, and knows nobody. */
class NamelessStore extends TempIDStore {
  readonly #counts = new MemoryTempIDStore();
  override consume(id: string, maxUses: number, keepUntil: Date) {
    return this.#counts.consume(id, maxUses, keepUntil);
  }
  override used(id: string) {
    return this.#counts.used(id);
  }
  override refund(id: string) {
    return this.#counts.refund(id);
  }
  override async revoke(): Promise<void> {}
  override async purgeExpired(): Promise<number> {
    return 0;
  }
}

/** It would know who used a token, if it could be asked. */
class AwayStore extends BrokenStore {
  usedBy = () => this.refund();
}

describe('a token that is used by somebody', () => {
  it('each one who is named has one use, and a second is refused without spending any', async () => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 2 });
    expect(await tempid.use(token, { by: 'ada' })).toBe(true);
    expect(await tempid.use(token.value, { by: 'ada' })).toBe(false);
    await expect(tempid.useOrThrow(token, { by: 'ada' })).rejects.toThrow(TempIDAlreadyUsedError);
    expect(await tempid.usesInfo(token)).toEqual({ total: 2, used: 1, left: 1 });
    expect((await tempid.useOrThrow(token, { by: 'Ada' })).id).toBe(token.id);
    await expect(tempid.useOrThrow(token, { by: 'bob' })).rejects.toThrow(TempIDExhaustedError);
    await expect(tempid.useOrThrow(token, { by: 'ada' })).rejects.toThrow(TempIDAlreadyUsedError);
  });

  it('exactly as many different ones as there are uses are let in, however often each of them asks at once', async () => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 50 });
    const admitted: string[] = [];
    await concurrently(600, async (index) => {
      const by = `user-${index % 120}`;
      if (await tempid.use(token, { by })) admitted.push(by);
    });
    expect([admitted.length, new Set(admitted).size]).toEqual([50, 50]);
    expect((await tempid.usesInfo(token)).left).toBe(0);
  });

  it('the same one is let through again within the time of repeat, also where no use is left, and no longer', async () => {
    setClock(NOW);
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 1, expiresIn: '1h' });
    const again = () => tempid.useResult(token, { by: 'ada', repeat: '10s' });
    expect((await again()).repeated).toBe(false);
    setClock(NOW + 9_999);
    expect((await again()).repeated).toBe(true);
    expect(await tempid.usesInfo(token)).toEqual({ total: 1, used: 1, left: 0 });
    setClock(NOW + 10_000);
    await expect(again()).rejects.toThrow(TempIDAlreadyUsedError);
    setClock(NOW + 3_598_000);
    expect((await tempid.useResult(token, { by: 'ada', repeat: true })).repeated).toBe(true);
  });

  it('a revoked token lets nobody through again', async () => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 2 });
    await tempid.use(token, { by: 'ada', repeat: true });
    await tempid.revoke(token);
    const again = tempid.useOrThrow(token, { by: 'ada', repeat: true });
    await expect(again).rejects.toThrow(TempIDRevokedError);
  });

  it('a token without a use limit is used once by each, and counts nothing of those without a name', async () => {
    const tempid = createService();
    const token = await tempid.mint();
    expect(await tempid.use(token)).toBe(true);
    for (const by of ['ada', 'bob']) {
      expect([await tempid.use(token, { by }), await tempid.use(token, { by })]).toEqual([
        true,
        false,
      ]);
    }
    expect(await tempid.usesInfo(token)).toEqual({ total: null, used: null, left: null });
    await tempid.refund(token, { by: 'bob' });
    expect(await tempid.use(token, { by: 'bob' })).toBe(true);
    await tempid.revoke(token);
    await expect(tempid.useOrThrow(token, { by: 'cid' })).rejects.toThrow(TempIDRevokedError);
  });

  it('a refund by name gives that use back once, and nothing to one who has none', async () => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 2 });
    await tempid.use(token, { by: 'ada' });
    await tempid.use(token, { by: 'bob' });
    await tempid.refund(token, { by: 'nobody' });
    expect((await tempid.usesInfo(token)).used).toBe(2);
    await tempid.refund(token.value, { by: 'ada' });
    await tempid.refund(token, { by: 'ada' });
    expect((await tempid.usesInfo(token)).used).toBe(1);
    expect((await tempid.usedBy(token)).items.map(({ by }) => by)).toEqual(['bob']);
    expect(await tempid.use(token, { by: 'ada' })).toBe(true);
  });

  it('usedBy names everybody once, oldest first, page after page', async () => {
    setClock(NOW);
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 30, expiresIn: '1h' });
    const names = Array.from(
      { length: 25 },
      (_, index) => `user-${String(index).padStart(2, '0')}`,
    );
    for (const [index, by] of names.entries()) {
      // Several in one millisecond.
      setClock(NOW + Math.floor(index / 4));
      await tempid.use(token, { by });
    }
    await tempid.use(token);
    const seen: string[] = [];
    const pages: number[] = [];
    for (let after: string | undefined; pages.length < 4;) {
      const { items, next } = await tempid.usedBy(token, { limit: 10, after });
      seen.push(...items.map(({ by }) => by));
      pages.push(items.length);
      if (next === null) break;
      after = next;
    }
    expect([seen, pages]).toEqual([names, [10, 10, 5]]);
    const { items, next } = await tempid.usedBy(token.value, { limit: 25 });
    expect(next).toBeNull();
    expect(items.at(-1)).toEqual({ by: 'user-24', at: new Date(NOW + 6) });
    expect(await tempid.usedBy(await tempid.mint())).toEqual({ items: [], next: null });
  });

  it('a page follows a name that was forgotten meanwhile', async () => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 9 });
    for (const by of ['a', 'b', 'c']) await tempid.use(token, { by });
    const { next } = await tempid.usedBy(token, { limit: 1 });
    await tempid.refund(token, { by: 'a' });
    const page = await tempid.usedBy(token, { after: next ?? 'none' });
    expect(page.items.map(({ by }) => by)).toEqual(['b', 'c']);
  });
});

describe('the options by which a token is used by somebody', () => {
  it.each(['', 'x'.repeat(256), 'a\0b', '\ud800', 7, null, undefined, ['ada'], Object('ada')])(
    'a name that is none is refused, and nothing is used (%j)',
    async (by) => {
      const store = new BrokenStore();
      const tempid = createService({}, store);
      const token = await tempid.mint({ maxUses: 1 });
      const options = { by } as UseOptions;
      await expect(tempid.use(token, options)).rejects.toThrow(TempIDConfigurationError);
      await expect(tempid.refund(token, options)).rejects.toThrow(TempIDConfigurationError);
      expect(store.asked).toBe(0);
    },
  );

  it.each(['x'.repeat(255), '\u{1f600}'.repeat(127), ' ', '%_\'"\\', '\u0085\n'])(
    'a name may be any text of up to 255 characters (%j)',
    async (by) => {
      const tempid = createService();
      const token = await tempid.mint({ maxUses: 2 });
      await tempid.use(token, { by });
      expect(await tempid.use(token, { by })).toBe(false);
      expect((await tempid.usedBy(token)).items).toMatchObject([{ by }]);
    },
  );

  it.each(['0s', '10', 10, false, null, undefined, '1y'])(
    'a repeat that is no time is refused (%j)',
    async (repeat) => {
      const tempid = createService();
      const token = await tempid.mint({ maxUses: 1 });
      const options = { by: 'ada', repeat } as UseOptions;
      await expect(tempid.use(token, options)).rejects.toThrow(TempIDConfigurationError);
      expect((await tempid.usesInfo(token)).used).toBe(0);
    },
  );

  it('repeat without by is refused, and so is a name where a token is only verified', async () => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 1 });
    await expect(tempid.use(token, { repeat: '10s' })).rejects.toThrow(/'repeat' needs 'by'/);
    await expect(tempid.verify(token.value, { by: 'ada' } as object)).rejects.toThrow(
      TempIDConfigurationError,
    );
  });

  it.each([
    { limit: 0 },
    { limit: 1_001 },
    { limit: 1.5 },
    { limit: null },
    { after: '' },
    { after: null },
    { after: 'WzEsImEiXQ=' },
    { after: Buffer.from('[1,"a",2]').toString('base64url') },
    { after: Buffer.from('[ 1,"a"]').toString('base64url') },
    { after: Buffer.from('["1","a"]').toString('base64url') },
    { after: Buffer.from('[1e99,"a"]').toString('base64url') },
    { after: Buffer.from('[1.5,"a"]').toString('base64url') },
    { after: Buffer.from('[1,""]').toString('base64url') },
    { after: Buffer.from('{"0":1}').toString('base64url') },
    { page: 1 },
  ])('usedBy refuses what is no page (%j)', async (options) => {
    const tempid = createService();
    const token = await tempid.mint();
    await expect(tempid.usedBy(token, options as object)).rejects.toThrow(TempIDConfigurationError);
  });

  it('usedBy and refund reject for a string that is no authentic token, and for one that nothing counts', async () => {
    const tempid = createService({ accept: ['v3', 'v1'] });
    await expect(tempid.usedBy('garbage')).rejects.toThrow(TempIDFormatError);
    await expect(tempid.refund('garbage', { by: 'ada' })).rejects.toThrow(TempIDFormatError);
  });

  it('a list of tokens can be refunded by map, and two tokens in one call are refused', async () => {
    const tempid = createService();
    const tokens = [await tempid.mint({ maxUses: 1 }), await tempid.mint({ maxUses: 1 })];
    for (const token of tokens) await tempid.use(token);
    const refund = tempid.refund.bind(tempid) as (...args: unknown[]) => Promise<void>;
    await Promise.all(tokens.map((...args) => refund(...args)));
    expect((await tempid.usesInfo(tokens[1] ?? '')).used).toBe(0);
    await expect(refund(tokens[0], tokens[1])).rejects.toThrow('refund is for one token');
  });
});

describe('a store that does not know who used a token', () => {
  it('refuses each call that names somebody, and serves all others', async () => {
    const tempid = createService({}, new NamelessStore());
    const token = await tempid.mint({ maxUses: 2 });
    const message = /NamelessStore does not know who used a token/;
    await expect(tempid.use(token, { by: 'ada' })).rejects.toThrow(message);
    await expect(tempid.refund(token, { by: 'ada' })).rejects.toThrow(message);
    await expect(tempid.usedBy(token)).rejects.toThrow(message);
    expect(await tempid.use(token)).toBe(true);
    await tempid.refund(token);
    expect((await tempid.usesInfo(token)).used).toBe(0);
  });
});

describe('a store that is away', () => {
  it('lets nobody through who is named', async () => {
    const tempid = createService({}, new AwayStore());
    const token = await tempid.mint({ maxUses: 2 });
    for (const call of [
      tempid.use(token, { by: 'ada', repeat: true }),
      tempid.refund(token, { by: 'ada' }),
      tempid.usedBy(token),
    ]) {
      await expect(call).rejects.toThrow(TempIDStoreUnavailableError);
    }
  });

  it('a token that is meant for something else is not counted for the one who brings it', async () => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 2, purpose: 'invite' });
    const use = tempid.useOrThrow(token.value, { by: 'ada', purpose: 'other' });
    await expect(use).rejects.toThrow(TempIDScopeError);
    expect((await tempid.usedBy(token)).items).toEqual([]);
  });
});

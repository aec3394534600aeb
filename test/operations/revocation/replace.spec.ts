import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  defineTempID,
  MemoryTempIDStore,
  type MintOptions,
  TempIDRevokedError,
  TempIDStoreUnavailableError,
} from '../../../src/index.js';
import { concurrently } from '../../../src/testing/support.js';
import { NOW, setClock } from '../../support/clock.js';
import { createService } from '../../support/service.js';

afterEach(() => {
  jest.restoreAllMocks();
});

const RESET = { purpose: 'reset', subject: 'user 42', maxUses: 2 } as const;
const named = { purpose: 'reset' };

describe('mint with replace', () => {
  it('mint with replace ends the older tokens of the same purpose and subject, and its own token works', async () => {
    const tempid = createService();
    const first = await tempid.mint(RESET);
    const second = await tempid.mint({ ...RESET, replace: true });
    const third = await tempid.mint({ ...RESET, replace: true });
    expect(await tempid.use(first.value, named)).toBe(false);
    await expect(tempid.useOrThrow(second.value, named)).rejects.toThrow(TempIDRevokedError);
    expect(await tempid.use(third.value, named)).toBe(true);
    expect(await tempid.use(third.value, named)).toBe(true);
  });

  it('mint with replace ends no token of another purpose or subject', async () => {
    const tempid = createService();
    const others = [
      await tempid.mint({ ...RESET, subject: 'user 43' }),
      await tempid.mint({ ...RESET, purpose: 'invite' }),
      await tempid.mint({ subject: 'user 42' }),
      await tempid.mint({ purpose: 'reset' }),
    ];
    await tempid.mint({ ...RESET, replace: true });
    expect(await Promise.all(others.map((token) => tempid.use(token)))).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it('of tokens that replace each other in one millisecond the last works, and so does one after it that replaces none', async () => {
    setClock(NOW);
    const tempid = createService();
    const tokens = [
      await tempid.mint(RESET),
      await tempid.mint({ ...RESET, replace: true }),
      await tempid.mint({ ...RESET, replace: true }),
      await tempid.mint(RESET),
    ];
    const standing = await Promise.all(tokens.map(({ value }) => tempid.use(value, named)));
    expect(standing).toEqual([false, false, true, true]);
  });

  it('of tokens that replace each other in a fast row only the newest works', async () => {
    const tempid = createService();
    let last = await tempid.mint({ ...RESET, replace: true });
    for (let round = 0; round < 200; round++) {
      const next = await tempid.mint({ ...RESET, replace: true });
      expect(await tempid.verify(last.value, { ...named, checkUses: true })).toBeNull();
      expect(await tempid.verify(next.value, { ...named, checkUses: true })).not.toBeNull();
      last = next;
    }
  });

  it('exactly one of 50 tokens that are minted with replace at once works', async () => {
    const tempid = createService();
    const tokens = await concurrently(50, () => tempid.mint({ ...RESET, replace: true }));
    const standing = await Promise.all(tokens.map(({ value }) => tempid.use(value, named)));
    expect(standing.filter(Boolean)).toHaveLength(1);
  });

  it('exactly one of 20 tokens works that processes with one clock mint with replace in one millisecond', async () => {
    setClock(NOW);
    const store = new MemoryTempIDStore();
    const tokens = await concurrently(20, () =>
      createService({}, store).mint({ ...RESET, replace: true }),
    );
    const tempid = createService({}, store);
    const standing = await Promise.all(tokens.map(({ value }) => tempid.use(value, named)));
    expect(standing.filter(Boolean)).toHaveLength(1);
  });

  it('mint with replace takes the purpose of its kind', async () => {
    const Reset = defineTempID<{ userId: number }>({ purpose: 'reset', maxUses: 1 });
    const tempid = createService();
    const options = { subject: '42', replace: true } as const;
    const first = await tempid.mint(Reset, { userId: 42 }, options);
    const second = await tempid.mint(Reset, { userId: 42 }, options);
    expect([await tempid.use(first, Reset), await tempid.use(second, Reset)]).toEqual([
      false,
      true,
    ]);
    await expect(tempid.mint(Reset, { userId: 42 }, { replace: true })).rejects.toThrow(
      /give 'purpose' and 'subject'/,
    );
  });

  it('mintCode with replace ends the older challenges', async () => {
    const Login = defineTempID({ purpose: 'login' });
    const tempid = createService();
    const mint = () => tempid.mintCode(Login, null, { subject: '42', replace: true });
    const [first, second] = [await mint(), await mint()];
    expect(await tempid.verifyCode(first.challenge, first.code, Login)).toBeNull();
    expect(await tempid.verifyCode(second.challenge, second.code, Login)).not.toBeNull();
    const { challenge } = await tempid.mintCode({ purpose: 'login', subject: '42', replace: true });
    expect(challenge.purpose).toBe('login');
  });

  it('mint with replace rejects where the store cannot revoke the older tokens', async () => {
    class Failing extends MemoryTempIDStore {
      override async revokeScope(): Promise<never> {
        throw new Error('no connection');
      }
    }
    const mint = createService({}, new Failing()).mint({ ...RESET, replace: true });
    await expect(mint).rejects.toThrow(TempIDStoreUnavailableError);
  });

  for (const [what, options, message] of [
    ['without a subject', { purpose: 'reset', replace: true }, /give 'purpose' and 'subject'/],
    ['without a purpose', { subject: 'user 42', replace: true }, /give 'purpose' and 'subject'/],
    ['that is no boolean', { ...RESET, replace: 'yes' }, /'replace' must be true or false/],
    ['in a format without subjects', { ...RESET, replace: true, format: 'v2' }, /v2/],
  ] as const) {
    it(`mint with replace rejects ${what}`, async () => {
      const store = new MemoryTempIDStore();
      const tempid = createService({ accept: ['v3', 'v2'] }, store);
      await expect(tempid.mint(options as MintOptions)).rejects.toThrow(message);
      expect(store.size).toBe(0);
    });
  }
});

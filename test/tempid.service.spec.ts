import { afterEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import {
  type JsonObject,
  MemoryTempIDStore,
  TempIDConfigurationError,
  TempIDExhaustedError,
  TempIDExpiredError,
  TempIDFormatError,
  TempIDNotYetValidError,
  TempIDPayloadError,
  TempIDPayloadTooLargeError,
  TempIDRevokedError,
  TempIDScopeError,
  TempIDStore,
  TempIDStoreUnavailableError,
  TempIDTamperedError,
} from '../src/index.js';
import { OLD_SECRET, SECRET } from './support/secrets.js';
import { createService } from './support/service.js';

const NOW = Date.parse('2026-01-01T12:00:00.250Z');
const MINUTE = 60_000;

/** A store that breaks whatever it is asked. */
class BrokenStore extends TempIDStore {
  asked = 0;
  override consume = () => this.fail();
  override used = () => this.fail();
  override refund = () => this.fail();
  override revoke = () => this.fail();
  override purgeExpired = () => this.fail();

  private async fail(): Promise<never> {
    this.asked++;
    throw new Error('no connection');
  }
}

function setClock(moment: number): void {
  jest.spyOn(Date, 'now').mockReturnValue(moment);
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('mint and verify', () => {
  it.each(['v3', 'v2'] as const)('carry any JSON object there and back in %s', async (format) => {
    const tempid = createService({ format, maxPayloadBytes: 512 });
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
        async (payload) => {
          fc.pre(Buffer.byteLength(JSON.stringify(payload)) <= 512);
          const minted = await tempid.mint({ payload });
          const verified = await tempid.verify(minted.value);
          expect(JSON.stringify(sorted(verified?.payload))).toBe(JSON.stringify(sorted(payload)));
        },
      ),
    );
  });

  it('make and read a token with every claim', async () => {
    setClock(NOW);
    const tempid = createService({ issuer: 'app.example', audience: 'web' });
    const minted = await tempid.mint({
      purpose: 'invite',
      subject: 'team 7',
      expiresIn: '7d',
      maxUses: 50,
      payload: { teamId: 7 },
      notBefore: new Date(NOW - MINUTE),
      boundTo: 'a hash',
    });
    const verified = await tempid.verifyOrThrow(String(minted), {
      purpose: 'invite',
      boundTo: 'a hash',
    });
    for (const token of [minted, verified]) {
      expect(token).toMatchObject({
        value: minted.value,
        id: minted.id,
        payload: { teamId: 7 },
        purpose: 'invite',
        subject: 'team 7',
        audience: 'web',
        issuer: 'app.example',
        maxUses: 50,
        issuedAt: new Date(NOW),
        notBefore: new Date('2026-01-01T11:59:01Z'),
        expiresAt: new Date('2026-01-08T12:00:00Z'),
      });
    }
  });

  it('give a token ten minutes, no limit and no payload unless told otherwise', async () => {
    setClock(NOW);
    const token = await createService().mint();
    expect(token.payload).toBeNull();
    expect(token.maxUses).toBe(0);
    expect(token.expiresAt).toEqual(new Date('2026-01-01T12:10:00Z'));
  });

  it('refuse every token in which one character was changed', async () => {
    const tempid = createService({ accept: ['v3', 'v2'] });
    for (const format of ['v3', 'v2'] as const) {
      const { value } = await tempid.mint({ format, payload: { userId: 42 } });
      for (let index = 0; index < value.length; index++) {
        const replaced = fc.sample(fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }), 20);
        for (const character of ['A', 'B', 'a', '_', '-', '.', ' ', ...replaced]) {
          if (value[index] === character) continue;
          const changed = value.slice(0, index) + character + value.slice(index + 1);
          expect(await tempid.verify(changed)).toBeNull();
        }
      }
    }
  });

  it('answer null for any string and any value, and never throw', async () => {
    const tempid = createService({ accept: ['v3', 'v2'] });
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    const strings = fc.tuple(fc.constantFrom('', 'TEMP-V3.', 'TEMP-V2.', ' TEMP-V2.'), text);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          strings.map((parts) => parts.join('')),
          fc.anything(),
        ),
        async (value) => {
          expect(await tempid.verify(value as string)).toBeNull();
          expect(await tempid.use(value as string)).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('refuse a string of ten million characters', async () => {
    const tempid = createService({ accept: ['v3', 'v2'] });
    const { value } = await tempid.mint();
    expect(await tempid.verify(value + 'A'.repeat(10_000_000))).toBeNull();
    expect(await tempid.verify(`TEMP-V2.${'A.'.repeat(5_000_000)}`)).toBeNull();
  });

  it('say why a token is bad', async () => {
    const tempid = createService();
    const { value } = await createService({ secret: OLD_SECRET }).mint();
    await expect(tempid.verifyOrThrow('garbage')).rejects.toThrow(TempIDFormatError);
    await expect(tempid.verifyOrThrow(value)).rejects.toThrow(TempIDTamperedError);
    await expect(tempid.parse('garbage')).rejects.toThrow(TempIDFormatError);
    await expect(tempid.parse(value)).rejects.toThrow(TempIDTamperedError);
  });

  it('read only the formats that are accepted', async () => {
    const { value } = await createService({ format: 'v2' }).mint();
    await expect(createService().verifyOrThrow(value)).rejects.toThrow(TempIDFormatError);
    expect(await createService({ accept: ['v3', 'v2'] }).verify(value)).not.toBeNull();
  });

  it.each(['v3', 'v2'] as const)(
    'let a new secret mint and the old one verify in %s',
    async (format) => {
      const [before, after] = [
        createService({ format, secret: OLD_SECRET }),
        createService({ format, secret: [SECRET, OLD_SECRET] }),
      ];
      const old = await before.mint();
      const young = await after.mint();
      expect(await after.verify(old.value)).not.toBeNull();
      expect(await before.verify(young.value)).toBeNull();
      expect(await createService({ format }).verify(young.value)).not.toBeNull();
      expect(await createService({ format }).verify(old.value)).toBeNull();
    },
  );
});

describe('the time of a token', () => {
  it('ends at its expiry', async () => {
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

  it('begins at notBefore, and never earlier', async () => {
    const tempid = createService();
    setClock(NOW);
    const { value } = await tempid.mint({ notBefore: new Date(NOW + 1) });
    await expect(tempid.verifyOrThrow(value)).rejects.toThrow(TempIDNotYetValidError);
    setClock(NOW + 750);
    expect(await tempid.verify(value)).not.toBeNull();
  });

  it('is stretched by the leeway at both ends', async () => {
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

  it('ends for a TempID in hand, too', async () => {
    const tempid = createService();
    setClock(NOW);
    const token = await tempid.mint({ maxUses: 2, expiresIn: '1m' });
    expect(await tempid.use(token)).toBe(true);
    setClock(NOW + MINUTE);
    expect(await tempid.use(token)).toBe(false);
    expect(await tempid.usesInfo(token)).toEqual({ total: 2, used: 1, left: 1 });
  });
});

describe('the scope of a token', () => {
  it.each(['purpose', 'audience', 'subject'])(
    'refuses another %s, and one that is missing',
    async (name) => {
      await expectRefused({ [name]: 'a' }, { [name]: 'b' });
      await expectRefused({}, { [name]: 'b' });
    },
  );

  it.each(['purpose', 'audience'])(
    'refuses a token with one where no %s is named',
    async (name) => {
      await expectRefused({ [name]: 'a' }, {});
    },
  );

  it('lets a token with a subject pass where none is named', async () => {
    const tempid = createService();
    const { value } = await tempid.mint({ subject: 'a' });
    expect(await tempid.verify(value)).not.toBeNull();
    expect(await tempid.verify(value, { subject: 'a' })).not.toBeNull();
  });

  it('refuses every token where the subject that is named is undefined', async () => {
    await expectRefused({ subject: 'a' }, { subject: undefined });
    await expectRefused({}, { subject: undefined });
  });

  it('asks for the audience of the module unless a call names another', async () => {
    await expectRefused({ audience: 'mobile' }, {}, { audience: 'web' });
    const tempid = createService({ audience: 'web' });
    const { value } = await tempid.mint({ audience: 'mobile' });
    expect(await tempid.verify(value, { audience: 'mobile' })).not.toBeNull();
  });

  it('asks for the issuer of the module', async () => {
    const { value } = await createService({ issuer: 'one' }).mint();
    await expect(createService({ issuer: 'other' }).verifyOrThrow(value)).rejects.toThrow(
      TempIDScopeError,
    );
    const none = await createService().mint();
    await expect(createService({ issuer: 'one' }).verifyOrThrow(none.value)).rejects.toThrow(
      TempIDScopeError,
    );
    expect(await createService().verify(value)).not.toBeNull();
  });

  it('ends when the value that the token is bound to changes', async () => {
    await expectRefused({ boundTo: 'old hash' }, { boundTo: 'new hash' });
    await expectRefused({ boundTo: 'old hash' }, {});
    await expectRefused({}, { boundTo: 'new hash' });
    await expectRefused({ boundTo: 'hash' }, { boundTo: undefined });
    await expectRefused({ boundTo: 'hash' }, { boundTo: () => null });
    await expectRefused({ boundTo: 'hash' }, { boundTo: async () => 'another' });
  });

  it('looks up what an authentic token is bound to by its claims', async () => {
    const tempid = createService();
    const { value } = await tempid.mint({ boundTo: 'hash of 42', subject: '42' });
    const lookUp = jest.fn(async ({ subject }: { subject: string | null }) => `hash of ${subject}`);
    expect(await tempid.verify(value, { boundTo: lookUp })).not.toBeNull();
    expect(await tempid.verify(`${value.slice(0, -4)}AAAA`, { boundTo: lookUp })).toBeNull();
    expect(await tempid.verify(value, { boundTo: lookUp, purpose: 'other' })).toBeNull();
    expect(lookUp).toHaveBeenCalledTimes(1);
  });

  it('holds for a TempID in hand where it is named', async () => {
    const tempid = createService();
    const token = await tempid.mint({ purpose: 'a', subject: 's', boundTo: 'h', maxUses: 9 });
    expect(await tempid.use(token)).toBe(true);
    expect(await tempid.use(token, { purpose: 'a', subject: 's', boundTo: 'h' })).toBe(true);
    expect(await tempid.use(token, { purpose: 'b' })).toBe(false);
    expect(await tempid.use(token, { subject: 'other' })).toBe(false);
    expect(await tempid.use(token, { audience: 'web' })).toBe(false);
    expect(await tempid.use(token, { boundTo: 'other' })).toBe(false);
    expect((await tempid.usesInfo(token)).used).toBe(2);
  });
});

describe('the uses of a token', () => {
  it('are spent one by one, also for two who hold its string', async () => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 2 });
    expect(await tempid.usesInfo(token)).toEqual({ total: 2, used: 0, left: 2 });
    expect(await tempid.use(token)).toBe(true);
    expect(await tempid.use(token.value)).toBe(true);
    expect(await tempid.use(token)).toBe(false);
    expect(await tempid.usesInfo(token.value)).toEqual({ total: 2, used: 2, left: 0 });
    await expect(tempid.useOrThrow(token)).rejects.toThrow(TempIDExhaustedError);
  });

  it('are not seen by a plain verify, and are by checkUses, which spends none', async () => {
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

  it('have no end without a limit, until the token is revoked', async () => {
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

  it('are given back by a refund, and all gone by a revocation', async () => {
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

  it('are touched by nobody who has no authentic token', async () => {
    const store = new BrokenStore();
    const tempid = createService({}, store);
    for (const call of ['usesInfo', 'refund', 'revoke', 'useOrThrow'] as const) {
      await expect(tempid[call]('garbage')).rejects.toThrow(TempIDFormatError);
    }
    expect(await tempid.use('garbage')).toBe(false);
    expect(store.asked).toBe(0);
  });

  it('are kept until an hour and the leeway after the expiry, and then forgotten', async () => {
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

describe('a store that cannot answer', () => {
  it('lets no token through, and calls none bad', async () => {
    const tempid = createService({}, new BrokenStore());
    const { value } = await tempid.mint({ maxUses: 1 });
    for (const answer of [
      tempid.use(value),
      tempid.useOrThrow(value),
      tempid.verify(value, { checkUses: true }),
      tempid.usesInfo(value),
      tempid.refund(value),
      tempid.revoke(value),
      tempid.purgeExpired(),
    ]) {
      await expect(answer).rejects.toThrow(TempIDStoreUnavailableError);
    }
  });

  it('is not asked by a plain verify', async () => {
    const store = new BrokenStore();
    const tempid = createService({}, store);
    const { value } = await tempid.mint({ maxUses: 1 });
    expect(await tempid.verify(value)).not.toBeNull();
    expect(store.asked).toBe(0);
  });
});

describe('what mint is given', () => {
  it.each<[string, object]>([
    ['an option that is not there', { ttl: 5 }],
    ['a life and an end', { expiresIn: '1m', expiresAt: new Date(NOW * 2) }],
    ['an end in the past', { expiresAt: new Date(0) }],
    ['no valid end', { expiresAt: new Date(Number.NaN) }],
    ['a life of nothing', { expiresIn: '0s' }],
    ['a life that is no duration', { expiresIn: '15 minutes' }],
    ['a beginning after the end', { notBefore: new Date(Date.now() + 86_400_000) }],
    ['less than no use', { maxUses: -1 }],
    ['half a use', { maxUses: 1.5 }],
    ['more uses than can be counted', { maxUses: 2_147_483_647 }],
    ['an empty purpose', { purpose: '' }],
    ['a subject that is a number', { subject: 42 }],
    ['a binding that is undefined', { boundTo: undefined }],
    ['a format that is not there', { format: 'v9' }],
    ['a purpose in v2', { format: 'v2', purpose: 'invite' }],
    ['more uses than v2 holds', { format: 'v2', maxUses: 256 }],
  ])('is refused where it is %s', async (_, options) => {
    await expect(createService().mint(options)).rejects.toThrow(TempIDConfigurationError);
  });

  it('is refused where the payload would be changed or is too large', async () => {
    const tempid = createService();
    const mint = (payload: unknown) => tempid.mint({ payload });
    await expect(mint([1])).rejects.toThrow(TempIDPayloadError);
    await expect(mint({ at: new Date() })).rejects.toThrow(TempIDPayloadError);
    await expect(mint({ text: '\ud800' })).rejects.toThrow(TempIDPayloadError);
    await expect(mint({ text: 'x'.repeat(1_014) })).rejects.toThrow(TempIDPayloadTooLargeError);
    expect((await mint({ text: 'x'.repeat(1_013) })).value).toContain('TEMP-V3.');
  });
});

/** Mints and verifies with these options: the token is refused, and none of its uses is spent. */
async function expectRefused(
  minting: object,
  verifying: object,
  module: object = {},
): Promise<void> {
  const tempid = createService(module);
  const { value } = await tempid.mint({ ...minting, maxUses: 1 });
  await expect(tempid.verifyOrThrow(value, verifying)).rejects.toThrow(TempIDScopeError);
  expect(await tempid.use(value, verifying)).toBe(false);
  expect((await tempid.usesInfo(value)).used).toBe(0);
}

/** The same JSON with the keys of every object in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as JsonObject).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, item]) => [key, sorted(item)]);
}

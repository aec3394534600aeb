import { inspect } from 'node:util';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryTempIDStore, type TempIDService } from '../../src/index.js';
import { Keyring } from '../../src/keys/keyring.js';
import { resolveSecrets, type SecretOption } from '../../src/keys/secrets.js';
import { MINUTE, NOW, setClock } from '../support/clock.js';
import { createService } from '../support/service.js';

const OLD = 'old-hunter2-'.repeat(4);
const NEW = 'new-hunter2-'.repeat(4);
const OTHER = 'other-hunter2-'.repeat(4);

function rotating(secret: SecretOption) {
  const keyring = new Keyring(resolveSecrets(secret));
  const tempid = createService({ accept: ['v3', 'v2'] }, new MemoryTempIDStore(), keyring);
  const replace = (next: SecretOption) => keyring.replace(resolveSecrets(next));
  return { tempid, replace };
}

const counts = (tempid: TempIDService) => tempid.keys().map(({ verified }) => verified);

afterEach(() => {
  jest.restoreAllMocks();
});

describe('tempid.keys()', () => {
  it('tempid.keys() names each secret as its V3 tokens do, and says what it does until when', async () => {
    setClock(NOW);
    const notAfter = new Date(NOW + MINUTE);
    const { tempid } = rotating([NEW, { secret: OLD, notAfter }]);
    const { value } = await tempid.mint({ format: 'v3' });
    const [minting, verifying] = tempid.keys();
    expect(minting).toEqual({
      kid: Buffer.from(value.slice(8), 'base64url').toString('base64url', 0, 4),
      role: 'mints',
      notAfter: null,
      verified: 0,
      lastVerifiedAt: null,
    });
    expect(value.slice(8, 13)).toBe(minting?.kid.slice(0, 5));
    expect(verifying).toMatchObject({ role: 'verifies', notAfter });
    setClock(NOW + MINUTE);
    expect(tempid.keys().map(({ role }) => role)).toEqual(['mints', 'ended']);
  });

  it('tempid.keys() counts what each secret verified, and when it did so last', async () => {
    setClock(NOW);
    const { tempid, replace } = rotating(OLD);
    const old = await tempid.mint({ maxUses: 3 });
    const oldV2 = await tempid.mint({ format: 'v2' });
    replace([NEW, OLD]);
    await tempid.verify((await tempid.mint()).value);
    setClock(NOW + 1_000);
    await tempid.verifyOrThrow(old.value);
    setClock(NOW + 2_000);
    await tempid.use(oldV2.value);
    await tempid.use(old.value);
    const seen = tempid.keys().map((key) => [key.verified, key.lastVerifiedAt?.getTime()]);
    expect(seen).toEqual([
      [1, NOW],
      [3, NOW + 2_000],
    ]);
  });

  it('tempid.keys() counts no token that is refused, only read, or just minted', async () => {
    setClock(NOW);
    const { tempid } = rotating(OLD);
    const token = await tempid.mint({ purpose: 'reset', maxUses: 1, boundTo: 'hash' });
    await tempid.verify(token.value, { purpose: 'invite' });
    await tempid.verify(token.value, { purpose: 'reset', boundTo: 'other' });
    await tempid.verify(`${token.value}A`);
    await tempid.parse(token.value);
    await tempid.usesInfo(token.value);
    await tempid.use(token);
    setClock(NOW + 60 * MINUTE);
    await tempid.verify(token.value, { purpose: 'reset', boundTo: 'hash' });
    expect(tempid.keys()).toMatchObject([{ verified: 0, lastVerifiedAt: null }]);
  });

  it('tempid.keys() counts on for a secret that stays, and anew for one that comes back', async () => {
    const { tempid, replace } = rotating(OLD);
    await tempid.verify((await tempid.mint()).value);
    replace([NEW, OLD]);
    expect(counts(tempid)).toEqual([0, 1]);
    replace([NEW]);
    replace([NEW, OLD]);
    expect(counts(tempid)).toEqual([0, 0]);
  });

  it('tempid.keys() holds no secret, however it is printed, and changes nothing when it is changed', () => {
    const { tempid } = rotating([NEW, { secret: OLD, notAfter: new Date(Date.now() + MINUTE) }]);
    const keys = tempid.keys();
    for (const text of [
      JSON.stringify(keys),
      inspect([keys, tempid], { depth: 9, showHidden: true }),
    ]) {
      expect(text).not.toMatch(/hunter2|68 75 6e 74 65 72/);
    }
    expect(JSON.stringify(tempid)).not.toMatch(/hunter2/);
    keys[1]?.notAfter?.setTime(0);
    expect(tempid.keys()[1]?.role).toBe('verifies');
  });
});

describe('A secret that is taken out', () => {
  it('a secret that is taken out ends its tokens, also those that a request holds', async () => {
    const { tempid, replace } = rotating([NEW, OLD]);
    replace([OLD, NEW]);
    const token = await tempid.mint({ maxUses: 2 });
    expect(await tempid.use(token)).toBe(true);
    replace([NEW]);
    expect(await tempid.use(token)).toBe(false);
    for (const call of [
      tempid.verifyOrThrow(token.value),
      tempid.useOrThrow(token),
      tempid.usesInfo(token),
      tempid.revoke(token),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'TEMPID_TAMPERED' });
    }
    replace([NEW, OLD]);
    expect(await tempid.use(token)).toBe(true);
  });

  it.each(['v3', 'v2'] as const)('a secret ends its %s tokens at its notAfter', async (format) => {
    setClock(NOW);
    const { tempid, replace } = rotating(OLD);
    const token = await tempid.mint({ format, expiresIn: '1h', maxUses: 5 });
    replace([NEW, { secret: OLD, notAfter: new Date(NOW + MINUTE) }]);
    setClock(NOW + MINUTE - 1);
    expect([await tempid.use(token), await tempid.use(token.value)]).toEqual([true, true]);
    setClock(NOW + MINUTE);
    expect([await tempid.use(token), await tempid.use(token.value)]).toEqual([false, false]);
    await expect(tempid.verifyOrThrow(token.value)).rejects.toMatchObject({
      code: 'TEMPID_TAMPERED',
    });
  });

  it('a secret that is taken out ends its tokens while a binding is looked up for them', async () => {
    const { tempid, replace } = rotating([NEW, OLD]);
    replace([OLD, NEW]);
    const token = await tempid.mint({ maxUses: 2, boundTo: 'x' });
    const boundTo = async () => {
      await Promise.resolve();
      replace([NEW]);
      return 'x';
    };
    for (const call of [
      () => tempid.verifyOrThrow(token.value, { boundTo }),
      () => tempid.useOrThrow(token, { boundTo }),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'TEMPID_TAMPERED' });
      replace([NEW, OLD]);
    }
    expect(await tempid.usesInfo(token)).toMatchObject({ used: 0 });
  });

  it('a secret leaves minting to the next one at its notAfter', async () => {
    setClock(NOW);
    const { tempid } = rotating([{ secret: NEW, notAfter: new Date(NOW + MINUTE) }, OLD]);
    const before = await tempid.mint();
    setClock(NOW + MINUTE);
    const after = await tempid.mint();
    expect([await tempid.verify(before.value), await tempid.verify(after.value)]).toEqual([
      null,
      expect.anything(),
    ]);
  });
});

describe('A code and a rotation of secrets', () => {
  it('a code is verified after a rotation of secrets, and its window begins anew', async () => {
    setClock(NOW);
    const { tempid, replace } = rotating(OLD);
    const mint = () => tempid.mintCode({ subject: 'ada', maxAttempts: 2, expiresIn: '5m' });
    const attempt = (challenge: string, code: string) =>
      tempid.verifyCode(challenge, code, { window: '1h' });
    const first = await mint();
    for (let spent = 0; spent < 2; spent++) await attempt(first.challenge.value, 'wrong!');
    const second = await mint();
    expect(await attempt(second.challenge.value, second.code)).toBeNull();
    replace([OLD, NEW]);
    const third = await mint();
    expect(await attempt(third.challenge.value, third.code)).toBeNull();
    const fourth = await mint();
    replace([NEW, OLD]);
    expect(await attempt(fourth.challenge.value, fourth.code)).not.toBeNull();
  });
});

describe('While secrets are swapped', () => {
  it.each(['v3', 'v2'] as const)(
    'each of 10,000 %s tokens is accepted while secrets are swapped that all include its own',
    async (format) => {
      const lists = [[OLD], [OLD, NEW], [NEW, OLD], [OTHER, NEW, OLD], [OLD, OTHER]];
      const { tempid, replace } = rotating(OLD);
      const kept: string[] = [];
      let [minted, failures, swaps] = [0, 0, 0];
      const swap = () => {
        if (minted >= 10_000) return;
        replace(lists[swaps++ % lists.length] ?? OLD);
        setImmediate(swap);
      };
      swap();
      const client = async () => {
        while (minted < 10_000) {
          minted++;
          const token = await tempid.mint({ format });
          // At once: no swap lies between.
          if (!(await tempid.verify(token.value))) failures++;
          if (minted % 100 === 0) kept.push(token.value);
          await new Promise(setImmediate);
        }
      };
      await Promise.all(Array.from({ length: 50 }, client));
      replace([OTHER, NEW, OLD]);
      for (const value of kept) {
        if (!(await tempid.verify(value))) failures++;
      }
      expect(failures).toBe(0);
      expect(swaps).toBeGreaterThan(100);
    },
  );

  it('10,000 tokens of a secret that stays are accepted while others come and go', async () => {
    const { tempid, replace } = rotating([OLD]);
    const values = await Promise.all(
      Array.from({ length: 100 }, async () => (await tempid.mint()).value),
    );
    const lists = [[OLD], [NEW, OLD], [OTHER, OLD, NEW], [OLD, OTHER]];
    let swaps = 0;
    const results = await Promise.all(
      Array.from({ length: 10_000 }, async (_, index) => {
        if (index % 7 === 0) await new Promise(setImmediate);
        replace(lists[swaps++ % lists.length] ?? OLD);
        return tempid.verify(values[index % values.length] ?? '');
      }),
    );
    expect(results.filter((token) => token === null)).toEqual([]);
    expect(tempid.keys().find(({ verified }) => verified > 0)?.verified).toBe(10_000);
  });
});

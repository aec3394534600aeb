import { inspect } from 'node:util';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { MemoryTempIDStore, type TempIDStore } from '../../src/index.js';
import type { IssuedRow, LedgerOptions } from '../../src/ledger/tempid-ledger.js';
import { NOW, setClock } from '../support/clock.js';
import { OLD_SECRET, SECRET } from '../support/secrets.js';
import { codeOf, OpenLedger, shortService } from './short-service.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** A store that counts its questions. */
class AskedStore extends MemoryTempIDStore {
  asked = 0;
  override async used(...given: Parameters<TempIDStore['used']>): Promise<number> {
    this.asked++;
    return super.used(given[0], given[1]);
  }
}

describe('mint of a short token', () => {
  it('mint writes the row of a short token before it hands the token out, and lists it', async () => {
    setClock(NOW);
    const { tempid, ledger } = shortService({ issuer: 'auth', audience: 'web' });
    const notBefore = new Date(NOW - 250 + 60_000);
    const claims = { purpose: 'p', subject: 's', maxUses: 3, notBefore };
    const token = await tempid.mint({
      ...claims,
      label: 'spring',
      boundTo: 'x',
      payload: { a: 1 },
    });
    expect(token.value).toMatch(/^tid_[0-9A-Za-z]{22}$/);
    expect(token).toMatchObject({ ...claims, issuer: 'auth', audience: 'web' });
    expect((await tempid.list()).items).toMatchObject([
      { id: token.id, format: 'short', label: 'spring', audience: 'web', state: 'not-yet-valid' },
    ]);
    expect((await ledger.row(token.id)).issuedAt).toBe(NOW);
    setClock(NOW + 60_000);
    const as = { purpose: 'p', boundTo: 'x', subject: 's' };
    expect(await tempid.verify(token.value, as)).toMatchObject({ payload: { a: 1 } });
    expect(await tempid.verify(token.value, { ...as, boundTo: 'y' })).toBeNull();
    expect(await tempid.verify(token.value, { ...as, subject: 't' })).toBeNull();
    expect(await tempid.verify(token.value, { ...as, audience: 'app' })).toBeNull();
  });

  it('mint makes no short token where the ledger does not write, and ends none that it would replace', async () => {
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const { tempid, ledger } = shortService();
    const of = { purpose: 'p', subject: 's' };
    const before = await tempid.mint(of);
    ledger.isDown = true;
    expect(await codeOf(tempid.mint({ ...of, replace: true }))).toBe('TEMPID_STORE_UNAVAILABLE');
    expect(await codeOf(tempid.mintCode({ ...of, replace: true }))).toBe(
      'TEMPID_STORE_UNAVAILABLE',
    );
    ledger.isDown = false;
    expect(await tempid.verify(before.value, of)).not.toBeNull();
    const after = await tempid.mint({ ...of, replace: true });
    expect(await tempid.verify(before.value, of)).toBeNull();
    expect(await tempid.verify(after.value, of)).not.toBeNull();
  });

  it('mint refuses a short token that nobody could verify, or that is not tracked', async () => {
    const { tempid: v3 } = shortService({ format: 'v3' });
    await expect(v3.mint({ format: 'short' })).rejects.toThrow(
      /name 'short' in the option 'accept'/,
    );
    await expect(v3.mintCode({ format: 'short' })).rejects.toThrow(/in the format short/);
    const { tempid, ledger } = shortService({ accept: ['v3', 'short'] });
    await expect(tempid.mint({ tracked: false })).rejects.toThrow(/always 'tracked'/);
    expect(await codeOf(tempid.mint({ tracked: true }))).toBe('fine');
    expect(await codeOf(tempid.mint({ subject: 'x'.repeat(256) }))).toBe('TEMPID_CONFIGURATION');
    expect(await codeOf(tempid.mint({ format: 'v3', label: 'x' }))).toBe('TEMPID_CONFIGURATION');
    expect(ledger.size).toBe(1);
  });

  it('mintCode makes a challenge of the format that it is told, or that of the module', async () => {
    const { tempid: v3 } = shortService({ format: 'v3', accept: ['v3', 'short'] });
    const { tempid: short } = shortService({ accept: ['v3', 'short'] });
    const valueOf = async (minting: ReturnType<typeof v3.mintCode>) =>
      (await minting).challenge.value.slice(0, 4);
    expect(await valueOf(v3.mintCode())).toBe('TEMP');
    expect(await valueOf(v3.mintCode({ format: 'short' }))).toBe('tid_');
    expect(await valueOf(short.mintCode())).toBe('tid_');
    expect(await valueOf(short.mintCode({ format: 'v3' }))).toBe('TEMP');
    const { challenge, code } = await short.mintCode({ purpose: 'login' });
    const verify = () => short.verifyCode(challenge.value, code, { purpose: 'login' });
    expect([await verify(), await verify()]).toMatchObject([{ id: challenge.id }, null]);
    expect(await codeOf(v3.mintCode({ format: 'v2' as 'v3' }))).toBe('TEMPID_CONFIGURATION');
  });

  it('a short token that is printed shows none of its random characters', async () => {
    const { tempid } = shortService();
    const token = await tempid.mint({ expiresIn: '10m' });
    expect(inspect(token)).toMatch(/^TempID \{ tid_…, valid, /);
    expect(inspect(await tempid.parse(token.value))).toMatch(/^TempID \{ tid_…, valid, /);
  });
});

describe('verify of a short token', () => {
  it('verify asks the ledger once and the store once, and sees a revocation at once', async () => {
    const store = new AskedStore();
    const options = { revocation: 'always', revocationCacheTtl: '1h', accept: ['short'] } as const;
    const { tempid, ledger } = shortService(options, store);
    const { tempid: other } = shortService({}, store, SECRET, ledger);
    const revocations = [
      (value: string) => other.revoke(value),
      () => other.revokeSubject({ subject: 's' }),
      () => other.revokePurpose('p'),
    ];
    for (const revoke of revocations) {
      const { value } = await tempid.mint({ purpose: 'p', subject: 's' });
      [store.asked, ledger.asked.length] = [0, 0];
      expect(await tempid.verify(value, { purpose: 'p' })).not.toBeNull();
      expect([store.asked, ledger.asked.length]).toEqual([1, 1]);
      await revoke(value);
      expect(await codeOf(tempid.verifyOrThrow(value, { purpose: 'p' }))).toBe('TEMPID_REVOKED');
    }
  });

  it('verify of a short token with another purpose asks the store nothing', async () => {
    const store = new AskedStore();
    const { tempid } = shortService({}, store);
    const { value } = await tempid.mint({ purpose: 'p' });
    expect(await tempid.verify(value, { purpose: 'q' })).toBeNull();
    expect(await tempid.verify(value)).toBeNull();
    expect(store.asked).toBe(0);
  });

  it('a token in hand that has not changed is the same object', async () => {
    const { tempid } = shortService();
    const token = await tempid.mint({ maxUses: 2 });
    expect(await tempid.useOrThrow(token)).toBe(token);
    await tempid.extend(token, { maxUses: 3 });
    expect(await tempid.useOrThrow(token)).not.toBe(token);
  });

  it('a short token in hand dies with its secret', async () => {
    const ledger = new OpenLedger();
    const { tempid: old } = shortService({}, undefined, OLD_SECRET, ledger);
    const { tempid: both } = shortService({}, undefined, `${SECRET},${OLD_SECRET}`, ledger);
    const { tempid: now } = shortService({}, undefined, SECRET, ledger);
    const token = await old.mint();
    expect(await both.use(token)).toBe(true);
    expect(await codeOf(now.useOrThrow(token))).toBe('TEMPID_TAMPERED');
    await both.extend({ id: token.id }, { maxUses: 9 });
    expect(await codeOf(now.useOrThrow(token))).toBe('fine');
    expect(await codeOf(old.useOrThrow(token))).toBe('TEMPID_TAMPERED');
  });
});

/** A ledger and a store that take a transaction, and what each was asked within which. */
function inTransactions() {
  const asked: (readonly [call: string, manager: object | undefined])[] = [];
  class Store extends AskedStore {
    override readonly useOptions = ['manager'] as const;
    override async used(...[id, options]: Parameters<TempIDStore['used']>): Promise<number> {
      asked.push(['used', options?.manager]);
      return super.used(id, options);
    }
    override async consume(...given: Parameters<MemoryTempIDStore['consume']>) {
      asked.push(['consume', given[3]?.manager]);
      return super.consume(...given);
    }
    override async prolong(...given: [string, Date, { manager?: object }?]): Promise<void> {
      asked.push(['prolong', given[2]?.manager]);
      await super.prolong(given[0], given[1]);
    }
  }
  class Ledger extends OpenLedger {
    override readonly useOptions = ['manager'] as const;
    override async add(row: IssuedRow, options?: LedgerOptions): Promise<void> {
      asked.push(['add', options?.manager]);
      await super.add(row);
    }
    override async find(id: string, options?: LedgerOptions): Promise<IssuedRow | null> {
      asked.push(['find', options?.manager]);
      return super.find(id);
    }
    override async replace(
      row: IssuedRow,
      sealed: string,
      options?: LedgerOptions,
    ): Promise<boolean> {
      asked.push(['replace', options?.manager]);
      return super.replace(row, sealed);
    }
  }
  return { asked, ...shortService({}, new Store(), undefined, new Ledger()) };
}

describe('a short token in a transaction of the application', () => {
  it('all that is asked is asked within the transaction, the count before the row', async () => {
    const { asked, tempid } = inTransactions();
    const manager = {};
    const token = await tempid.mint({ manager, maxUses: 2 });
    await tempid.use(token.value, { manager });
    await tempid.extend(token.value, { manager, expiresIn: '1d' });
    await tempid.extend({ id: token.id }, { manager, maxUses: 3 });
    expect(asked.map(([call]) => call).join(' ')).toBe(
      'add find consume find find used prolong replace find used replace',
    );
    expect(asked.every(([, within]) => within === manager)).toBe(true);
  });

  it('extend refuses a transaction that only the store or only the ledger would take', async () => {
    class Store extends MemoryTempIDStore {
      override readonly useOptions = ['manager'] as const;
    }
    const { tempid } = shortService({}, new Store());
    const token = await tempid.mint();
    const extending = tempid.extend(token, { manager: {}, maxUses: 2 });
    expect(await codeOf(extending)).toBe('TEMPID_CONFIGURATION');
    expect((await tempid.parse(token.value)).maxUses).toBe(0);
  });
});

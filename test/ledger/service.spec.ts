import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  defineTempID,
  type IssuedRow,
  MemoryTempIDLedger,
  MemoryTempIDStore,
  type MintOptions,
  type TempIDEvent,
  TempIDLedger,
  TempIDModule,
  TempIDService,
  TempIDStore,
  TempIDStoreUnavailableError,
} from '../../src/index.js';
import { TempIDEvents } from '../../src/events/tempid-events.js';
import { MINUTE, NOW, setClock } from '../support/clock.js';
import { SECRET } from '../support/secrets.js';
import { createService } from '../support/service.js';

const DAY = 24 * 60 * MINUTE;

afterEach(() => {
  jest.restoreAllMocks();
});

/** A ledger that keeps nothing. */
class BrokenLedger extends MemoryTempIDLedger {
  override add = () => this.fail();
  override find = () => this.fail();
  override list = () => this.fail();

  private async fail(): Promise<never> {
    throw new Error('no connection');
  }
}

/** A ledger that hears what it is asked and never answers. */
class SilentLedger extends MemoryTempIDLedger {
  override add = () => new Promise<never>(() => {});
}

const serviceOf = (ledger: TempIDLedger, store = new MemoryTempIDStore()) =>
  createService({ storeTimeout: '1s' }, store, undefined, undefined, ledger);

describe('a token that is tracked', () => {
  it.each([
    ['fails', new BrokenLedger(), 'no connection'],
    ['is silent', new SilentLedger(), 'it was silent for 1000 ms'],
  ])('is not handed out where the ledger %s', async (_, ledger, reason) => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const store = new MemoryTempIDStore();
    const revokeScope = jest.spyOn(store, 'revokeScope');
    const tempid = serviceOf(ledger, store);
    const options = { purpose: 'invite', subject: 'ana', tracked: true, replace: true };
    for (const minted of [tempid.mint(options), tempid.mintCode(options)]) {
      await expect(minted).rejects.toThrow(TempIDStoreUnavailableError);
      await expect(minted).rejects.toThrow(
        `The ledger (${ledger.constructor.name}) could not answer: ${reason}`,
      );
    }
    expect(revokeScope).not.toHaveBeenCalled();
    expect(error.mock.calls).toEqual([
      [expect.stringContaining('so no token that is tracked is minted')],
    ]);
    await expect(tempid.mint({ purpose: 'invite' })).resolves.toBeDefined();
  });

  it('has its row before it is handed out', async () => {
    let written: () => void = () => {};
    const ledger = new MemoryTempIDLedger();
    const add = jest.spyOn(ledger, 'add');
    add.mockReturnValueOnce(new Promise((resolve) => (written = resolve)));
    let isMinted = false;
    const minted = serviceOf(ledger)
      .mint({ tracked: true })
      .then(() => (isMinted = true));
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(add).toHaveBeenCalledTimes(1);
    expect(isMinted).toBe(false);
    written();
    expect(await minted).toBe(true);
  });

  it('leaves neither its token nor its payload in the ledger', async () => {
    const ledger = new MemoryTempIDLedger();
    const add = jest.spyOn(ledger, 'add');
    const payload = { secret: 'of-the-payload' };
    const token = await serviceOf(ledger).mint({
      tracked: true,
      payload,
      boundTo: 'password-hash',
    });
    const row = JSON.stringify(add.mock.calls);
    expect(row).not.toContain('of-the-payload');
    expect(row).not.toContain('password-hash');
    expect(row.replaceAll(token.id, '')).not.toContain(token.value.slice(-20));
  });

  it('is listed by codes that people type, too, without the code', async () => {
    const Login = defineTempID({ purpose: 'login', tracked: true });
    const ledger = new MemoryTempIDLedger();
    const add = jest.spyOn(ledger, 'add');
    const tempid = serviceOf(ledger);
    const { challenge, code } = await tempid.mintCode(Login, null, { label: 'phone' });
    const { items } = await tempid.list({ purpose: Login });
    expect(items).toMatchObject([{ id: challenge.id, label: 'phone', maxUses: 5, left: 5 }]);
    expect(Object.values(add.mock.calls[0]?.[0] as IssuedRow)).not.toContain(code);
    await tempid.revoke({ id: challenge.id });
    expect(await tempid.verifyCode(challenge.value, code, Login)).toBeNull();
  });

  it.each<[string, MintOptions]>([
    ['a purpose of 256 characters', { tracked: true, purpose: 'x'.repeat(256) }],
    ['a subject of 256 characters', { tracked: true, subject: 'x'.repeat(256) }],
    ['an audience of 256 characters', { tracked: true, audience: 'x'.repeat(256) }],
    ['a subject with NUL', { tracked: true, subject: 'a\0b' }],
    ['a label of 256 characters', { tracked: true, label: 'x'.repeat(256) }],
    ['an empty label', { tracked: true, label: '' }],
    ['a label that is null', { tracked: true, label: null as never }],
    ['a label of a token that is not tracked', { label: 'x' }],
    ['a label beside tracked: false', { tracked: false, label: 'x' }],
    ['tracked that is no boolean', { tracked: 'yes' as never }],
    ['tracked that is undefined', { tracked: undefined as never }],
  ])('is refused with %s', async (_, options) => {
    const ledger = new MemoryTempIDLedger();
    await expect(serviceOf(ledger).mint(options)).rejects.toMatchObject({
      code: 'TEMPID_CONFIGURATION',
    });
    expect(ledger.size).toBe(0);
  });

  it('is refused where both the kind and mint say it', async () => {
    const Kind = defineTempID({ purpose: 'x', tracked: true });
    await expect(createService().mint(Kind, null, { tracked: false })).rejects.toThrow(
      "The kind 'x' says 'tracked' for all its tokens",
    );
    expect(() => defineTempID({ purpose: 'x', tracked: 1 as never })).toThrow("'tracked' must be");
  });

  it('is refused with an option that the ledger does not add', async () => {
    const options = { tracked: true, manager: {} };
    await expect(createService().mint(options)).rejects.toThrow("mint has no option 'manager'");
  });

  it('tells of what happens to it by its id, without a key', async () => {
    const events = new TempIDEvents();
    const tempid = createService({}, undefined, undefined, events);
    const seen: TempIDEvent[] = [];
    events.subscribe((event) => seen.push(event));
    const { id } = await tempid.mint({ purpose: 'x', tracked: true, maxUses: 1 });
    await tempid.refund({ id });
    await tempid.revoke({ id });
    await new Promise(setImmediate);
    const facts = { id, purpose: 'x', subject: null, format: 'v3' };
    expect(seen).toMatchObject([
      { type: 'minted', ...facts },
      { type: 'refunded', ...facts, kid: null },
      { type: 'revoked', ...facts, kid: null },
    ]);
  });

  it('tells by its id who used it', async () => {
    const tempid = createService();
    const token = await tempid.mint({ tracked: true, maxUses: 2 });
    const { id } = token;
    await tempid.use(token, { by: 'ana' });
    await tempid.use(token, { by: 'bo' });
    const { items } = await tempid.usedBy({ id });
    expect(items.map(({ by }) => by)).toEqual(['ana', 'bo']);
    await tempid.refund({ id }, { by: 'ana' });
    expect(await tempid.find(id)).toMatchObject({ used: 1, left: 1 });
    await expect(tempid.usedBy({ id: 'none' })).rejects.toMatchObject({ code: 'TEMPID_NOT_FOUND' });
  });
});

describe('the rows of the ledger', () => {
  it.each([
    ['30 days after the expiry', {}, 30 * DAY],
    ["as long as 'keepIssued' says", { keepIssued: '1d' } as const, DAY],
    ['as long as the count of the token at least', { keepIssued: '0s' } as const, 60 * MINUTE],
  ])('are kept %s, and go with the counts', async (_, options, kept) => {
    setClock(NOW);
    const ledger = new MemoryTempIDLedger();
    const tempid = createService(options, undefined, undefined, undefined, ledger);
    const { id, expiresAt } = await tempid.mint({ tracked: true, expiresIn: '1h' });
    setClock(expiresAt.getTime() + kept - 1_000);
    expect(await tempid.purgeExpired()).toBe(0);
    expect(await tempid.find(id)).not.toBeNull();
    setClock(expiresAt.getTime() + kept + 2 * MINUTE);
    expect(await tempid.purgeExpired()).toBe(1);
    expect(await tempid.find(id)).toBeNull();
    await expect(tempid.revoke({ id })).rejects.toMatchObject({ code: 'TEMPID_NOT_FOUND' });
  });

  it('go also while the store of counts is away, which purgeExpired throws', async () => {
    setClock(NOW);
    const ledger = new MemoryTempIDLedger();
    const store = new MemoryTempIDStore();
    const tempid = createService({}, store, undefined, undefined, ledger);
    const { id, expiresAt } = await tempid.mint({ tracked: true, expiresIn: '1h' });
    setClock(expiresAt.getTime() + 31 * DAY);
    Object.assign(store, { purgeExpired: () => Promise.reject(new Error('it is away')) });
    await expect(tempid.purgeExpired()).rejects.toMatchObject({
      code: 'TEMPID_STORE_UNAVAILABLE',
    });
    expect(await tempid.find(id)).toBeNull();
  });

  it('are not read by anything that asks no ledger', async () => {
    const tempid = serviceOf(new BrokenLedger());
    const token = await tempid.mint({ maxUses: 1 });
    expect(await tempid.use(token)).toBe(true);
    await tempid.revoke(token);
    expect(await tempid.usesInfo(token)).toMatchObject({ left: 0 });
  });

  it('cannot be listed where the store is silent', async () => {
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const store = new MemoryTempIDStore();
    const tempid = serviceOf(new MemoryTempIDLedger(), store);
    await tempid.mint({ tracked: true });
    jest.spyOn(store, 'usedOf').mockRejectedValue(new Error('no connection'));
    await expect(tempid.list()).rejects.toThrow('The store of use counts (MemoryTempIDStore)');
  });
});

describe('the ledger of a module', () => {
  const open = async (options: Parameters<typeof TempIDModule.forRoot>[0]) => {
    const imports = [TempIDModule.forRoot({ secret: SECRET, purgeInterval: false, ...options })];
    const module = await Test.createTestingModule({ imports }).compile();
    return { module, tempid: module.get(TempIDService) };
  };

  it('is in memory, one for the process, where none is named', async () => {
    const [one, other] = [await open({}), await open({ ledger: MemoryTempIDLedger })];
    const { id } = await one.tempid.mint({ tracked: true });
    expect(await other.tempid.find(id)).toMatchObject({ id });
    expect(one.module.get(TempIDLedger)).toBeInstanceOf(MemoryTempIDLedger);
    expect(other.module.get(TempIDStore)).toBeInstanceOf(MemoryTempIDStore);
  });

  it.each([
    ['warns once in production of a ledger that nobody has named', {}, 1],
    ['is not warned of where it was chosen', { ledger: MemoryTempIDLedger }, 0],
  ])('%s', async (_, options, warnings) => {
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    try {
      const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
      const { tempid } = await open({ store: MemoryTempIDStore, ...options });
      await tempid.mint();
      expect(warn).not.toHaveBeenCalled();
      await tempid.mint({ tracked: true });
      await tempid.mint({ tracked: true });
      const line = expect.stringContaining("the option 'ledger'");
      expect(warn.mock.calls).toEqual(Array.from({ length: warnings }, () => [line]));
    } finally {
      process.env['NODE_ENV'] = before;
    }
  });

  it('is refused where it is undefined', () => {
    expect(() => TempIDModule.forRoot({ ledger: undefined as never })).toThrow("'ledger'");
    const useFactory = () => ({});
    expect(() => TempIDModule.forRootAsync({ useFactory, ledger: undefined as never })).toThrow(
      "'ledger'",
    );
  });
});

import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  defineTempID,
  type IssuedTempID,
  type ListOptions,
  MemoryTempIDLedger,
  MemoryTempIDStore,
  REVOKED_COUNT,
  type TempIDService,
} from '../../src/index.js';
import { MINUTE, NOW, setClock } from '../support/clock.js';
import { createService } from '../support/service.js';

const Invite = defineTempID<{ teamId: number }>({
  purpose: 'invite',
  expiresIn: '7d',
  tracked: true,
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** Every page of a list, one after another. */
async function pagesOf(tempid: TempIDService, options: ListOptions): Promise<IssuedTempID[][]> {
  const pages: IssuedTempID[][] = [];
  for (let after: string | null | undefined; after !== null;) {
    const page = await tempid.list(after === undefined ? options : { ...options, after });
    pages.push([...page.items]);
    after = page.next;
  }
  return pages;
}

const idsOf = (items: readonly IssuedTempID[]) => items.map(({ id }) => id);

describe('the list of what was issued', () => {
  it('has all of a tracked token but the token and its payload', async () => {
    setClock(NOW);
    const tempid = createService({ audience: 'app' });
    const token = await tempid.mint(
      Invite,
      { teamId: 7 },
      { label: 'Spring intake', maxUses: 50, subject: 'team-7', notBefore: new Date(NOW - MINUTE) },
    );
    await tempid.use(token, Invite);
    const expected = {
      id: token.id,
      purpose: 'invite',
      subject: 'team-7',
      audience: 'app',
      label: 'Spring intake',
      format: 'v3',
      issuedAt: new Date(NOW),
      notBefore: token.notBefore,
      expiresAt: token.expiresAt,
      maxUses: 50,
      used: 1,
      left: 49,
      state: 'open',
    };
    expect(await tempid.list()).toEqual({ items: [expected], next: null });
    expect(await tempid.find(token.id)).toEqual(expected);
    expect(JSON.stringify(await tempid.list())).not.toContain(token.value.slice(-40));
  });

  it('has no token that is not tracked', async () => {
    const tempid = createService();
    await tempid.mint({ purpose: 'login' });
    await tempid.mint({ purpose: 'login', tracked: false });
    expect(await tempid.list()).toEqual({ items: [], next: null });
  });

  it.each(['v2', 'v3'] as const)('has tokens of the format %s', async (format) => {
    const tempid = createService({ format });
    const { id } = await tempid.mint({ tracked: true, label: 'first' });
    expect(await tempid.find(id)).toMatchObject({ id, format, label: 'first', state: 'open' });
  });

  it('has only what has all that is asked for, letter by letter', async () => {
    const tempid = createService();
    const mint = async (purpose: string, subject: string, label: string) =>
      (await tempid.mint({ purpose, subject, label, tracked: true })).id;
    const a = await mint('invite', 'ana', 'x');
    const b = await mint('invite', 'Ana', 'x ');
    const c = await mint('reset', 'ana', 'x');
    const found = async (options: ListOptions) =>
      new Set(idsOf((await tempid.list(options)).items));
    expect(await found({ purpose: Invite })).toEqual(new Set([a, b]));
    expect(await found({ purpose: 'invite' })).toEqual(new Set([a, b]));
    expect(await found({ subject: 'ana' })).toEqual(new Set([a, c]));
    expect(await found({ label: 'x' })).toEqual(new Set([a, c]));
    expect(await found({ purpose: Invite, subject: 'ana' })).toEqual(new Set([a]));
    expect(await found({ purpose: 'reset', subject: 'ana', label: 'x' })).toEqual(new Set([c]));
    expect(await found({ purpose: 'reset', subject: 'Ana' })).toEqual(new Set());
  });

  it('gives each token once in pages, the last first, while others are minted', async () => {
    const tempid = createService();
    const minted: string[] = [];
    const mint = async (moment: number) => {
      setClock(moment);
      minted.unshift((await tempid.mint(Invite, { teamId: 1 })).id);
    };
    for (let index = 0; index < 7; index++) await mint(NOW + index);
    const before = [...minted];
    const first = await tempid.list({ limit: 3 });
    await mint(NOW + 10);
    const second = await tempid.list({ limit: 3, after: String(first.next) });
    await mint(NOW + 11);
    const third = await tempid.list({ limit: 3, after: String(second.next) });
    expect([...first.items, ...second.items, ...third.items].map(({ id }) => id)).toEqual(before);
    expect(third.next).toBeNull();
    expect(idsOf((await tempid.list()).items)).toEqual(minted);
  });

  it('gives each token of one millisecond once', async () => {
    setClock(NOW);
    const tempid = createService();
    const minted = new Set<string>();
    for (let index = 0; index < 25; index++) {
      minted.add((await tempid.mint({ tracked: true })).id);
    }
    const pages = await pagesOf(tempid, { limit: 10 });
    expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
    expect(new Set(pages.flatMap(idsOf))).toEqual(minted);
  });

  it('says of a page that ends with the last token that none follows', async () => {
    const tempid = createService();
    for (let index = 0; index < 4; index++) await tempid.mint({ tracked: true });
    const { next } = await tempid.list({ limit: 2 });
    expect((await tempid.list({ limit: 2, after: String(next) })).next).toBeNull();
    expect((await tempid.list({ limit: 4 })).next).toBeNull();
    expect((await tempid.list({ limit: 4, state: 'open' })).next).toBeNull();
  });

  it.each([
    ['a limit of 0', { limit: 0 }],
    ['a limit of 1,001', { limit: 1_001 }],
    ['half a limit', { limit: 1.5 }],
    ['a state that is none', { state: 'used' }],
    ['a purpose that is empty', { purpose: '' }],
    ['a purpose that is undefined', { purpose: undefined }],
    ['a purpose that is no kind', { purpose: { purpose: 'invite' } }],
    ['a subject that is a number', { subject: 7 }],
    ['a subject of 256 characters', { subject: 'x'.repeat(256) }],
    ['a label with NUL', { label: 'a\0b' }],
    ['a cursor that is null', { after: null }],
    ['an empty cursor', { after: '' }],
    ['a cursor without an id', { after: 'abc.' }],
    ['a cursor without a moment', { after: '.abc' }],
    ['a cursor of three parts', { after: 'abc.abc.abc' }],
    ['a cursor after the last moment', { after: 'zzzzzzzzzzz.abc' }],
    ['a cursor with SQL', { after: "1.a' OR '1'='1" }],
    ['a cursor that is an object', { after: { issuedAt: 1, id: 'abc' } }],
    ['an option that there is not', { offset: 1 }],
  ])('refuses %s', async (_, options) => {
    const tempid = createService();
    await expect(tempid.list(options as ListOptions)).rejects.toMatchObject({
      code: 'TEMPID_CONFIGURATION',
    });
  });
});

describe('the state of what was issued', () => {
  const stateOf = async (tempid: TempIDService, id: string) => (await tempid.find(id))?.state;

  it('is open until the last use, and spent after it', async () => {
    const tempid = createService();
    const token = await tempid.mint(Invite, { teamId: 1 }, { maxUses: 2 });
    expect(await tempid.find(token.id)).toMatchObject({ state: 'open', used: 0, left: 2 });
    await tempid.use(token, Invite);
    expect(await tempid.find(token.id)).toMatchObject({ state: 'open', used: 1, left: 1 });
    await tempid.use(token, Invite);
    expect(await tempid.find(token.id)).toMatchObject({ state: 'spent', used: 2, left: 0 });
    await tempid.refund(token);
    expect(await stateOf(tempid, token.id)).toBe('open');
  });

  it('has no number of uses where nothing is counted', async () => {
    const tempid = createService();
    const token = await tempid.mint(Invite, { teamId: 1 });
    expect(await tempid.find(token.id)).toMatchObject({ state: 'open', used: null, left: null });
    await tempid.revoke(token);
    expect(await tempid.find(token.id)).toMatchObject({ state: 'revoked', used: null, left: 0 });
  });

  it.each([
    ['alone', (tempid: TempIDService, id: string) => tempid.revoke({ id })],
    ['with its subject', (tempid: TempIDService) => tempid.revokeSubject({ subject: 'ana' })],
    ['with its purpose', (tempid: TempIDService) => tempid.revokePurpose('invite')],
    [
      'by the token that replaces it',
      (tempid: TempIDService) =>
        tempid.mint(Invite, { teamId: 1 }, { subject: 'ana', replace: true }),
    ],
  ])('is revoked of a token that was revoked %s', async (_, revoke) => {
    const tempid = createService();
    const token = await tempid.mint(Invite, { teamId: 1 }, { subject: 'ana', maxUses: 3 });
    await revoke(tempid, token.id);
    expect(await tempid.find(token.id)).toMatchObject({ state: 'revoked', left: 0 });
    await expect(tempid.useOrThrow(token, Invite)).rejects.toMatchObject({
      code: 'TEMPID_REVOKED',
    });
  });

  it('is spent where a service of Python has spent the uses of the shared count', async () => {
    const store = new MemoryTempIDStore();
    const tempid = createService({ format: 'v2' }, store);
    const { id } = await tempid.mint({ maxUses: 2, tracked: true });
    for (const _ of [1, 2]) await store.consume(id, 2, new Date(Date.now() + MINUTE));
    expect(await stateOf(tempid, id)).toBe('spent');
    await store.revoke(id, new Date(Date.now() + MINUTE));
    expect(await store.used(id)).toBe(REVOKED_COUNT);
    expect(await stateOf(tempid, id)).toBe('revoked');
  });

  it('follows the clock with the leeway of the module', async () => {
    setClock(NOW);
    const tempid = createService({ leeway: '30s' });
    const { id, expiresAt } = await tempid.mint({
      tracked: true,
      maxUses: 2,
      notBefore: new Date(NOW + MINUTE),
    });
    expect(await stateOf(tempid, id)).toBe('not-yet-valid');
    setClock(NOW + MINUTE - 29_000);
    expect(await stateOf(tempid, id)).toBe('open');
    setClock(expiresAt.getTime() + 29_999);
    expect(await stateOf(tempid, id)).toBe('open');
    setClock(expiresAt.getTime() + 30_000);
    expect(await tempid.find(id)).toMatchObject({ state: 'expired', used: 0, left: 2 });
  });

  it('is revoked and not expired for as long as the count is kept, and then expired', async () => {
    setClock(NOW);
    const tempid = createService();
    const { id, expiresAt } = await tempid.mint({ tracked: true, maxUses: 2 });
    await tempid.revoke({ id });
    setClock(expiresAt.getTime() + 60 * MINUTE - 1);
    expect(await tempid.find(id)).toMatchObject({ state: 'revoked', used: 2, left: 0 });
    setClock(expiresAt.getTime() + 60 * MINUTE);
    expect(await tempid.find(id)).toMatchObject({ state: 'expired', used: null, left: null });
  });

  it('is expired and not spent, and spent and not early', async () => {
    setClock(NOW);
    const store = new MemoryTempIDStore();
    const tempid = createService({}, store);
    const { id, expiresAt } = await tempid.mint({
      tracked: true,
      maxUses: 1,
      notBefore: new Date(NOW + MINUTE),
    });
    await store.consume(id, 1, new Date(NOW + 600 * MINUTE));
    expect(await stateOf(tempid, id)).toBe('spent');
    setClock(expiresAt.getTime());
    expect(await tempid.find(id)).toMatchObject({ state: 'expired', used: 1, left: 0 });
  });

  it('is expired of a token that is older than the longest life', async () => {
    setClock(NOW);
    const [store, ledger] = [new MemoryTempIDStore(), new MemoryTempIDLedger()];
    const { id } = await createService({}, store, undefined, undefined, ledger).mint(Invite, {
      teamId: 1,
    });
    const later = createService({ maxLifetime: '1d' }, store, undefined, undefined, ledger);
    setClock(NOW + 24 * 60 * MINUTE);
    expect(await stateOf(later, id)).toBe('expired');
  });

  it('chooses the tokens of a list', async () => {
    const tempid = createService();
    const mint = () => tempid.mint(Invite, { teamId: 1 }, { maxUses: 1 });
    const [open, spent, revoked] = [await mint(), await mint(), await mint()];
    await tempid.use(spent, Invite);
    await tempid.revoke(revoked);
    const early = await tempid.mint({ tracked: true, notBefore: new Date(Date.now() + MINUTE) });
    const listed = async (state: NonNullable<ListOptions['state']>) =>
      idsOf((await tempid.list({ state })).items);
    expect(await listed('open')).toEqual([open.id]);
    expect(await listed('spent')).toEqual([spent.id]);
    expect(await listed('revoked')).toEqual([revoked.id]);
    expect(await listed('not-yet-valid')).toEqual([early.id]);
    expect(await listed('expired')).toEqual([]);
  });

  it('is looked for in a bounded part of the list at a time, and no token is left out', async () => {
    setClock(NOW);
    const store = new MemoryTempIDStore();
    const ledger = new MemoryTempIDLedger();
    const tempid = createService({}, store, undefined, undefined, ledger);
    const list = jest.spyOn(ledger, 'list');
    const rare: string[] = [];
    for (let index = 0; index < 2_500; index++) {
      const { id } = await tempid.mint({ tracked: true, maxUses: 1 });
      if (index % 1_000 === 0) rare.push(id);
    }
    for (const id of rare) await tempid.revoke({ id });
    const first = await tempid.list({ state: 'revoked', limit: 2 });
    expect(list.mock.calls.length).toBeLessThanOrEqual(10);
    const pages = await pagesOf(tempid, { state: 'revoked', limit: 2 });
    expect(pages[0]).toEqual(first.items);
    expect(pages.length).toBeGreaterThan(2);
    expect(pages.flatMap(idsOf).toSorted()).toEqual(rare.toSorted());
  });

  it('is asked of the store once a page', async () => {
    const store = new MemoryTempIDStore();
    const tempid = createService({}, store);
    for (let index = 0; index < 20; index++) await tempid.mint(Invite, { teamId: 1 });
    const usedOf = jest.spyOn(store, 'usedOf');
    expect((await tempid.list({ limit: 10 })).items).toHaveLength(10);
    expect(usedOf).toHaveBeenCalledTimes(1);
    expect(usedOf.mock.calls[0]?.[0]).toHaveLength(10);
  });
});

describe('a token by its id', () => {
  it('can be revoked, refunded and looked up', async () => {
    const tempid = createService();
    const token = await tempid.mint(Invite, { teamId: 1 }, { maxUses: 5 });
    const { id } = token;
    await tempid.use(token, Invite);
    expect(await tempid.usesInfo({ id })).toEqual({ total: 5, used: 1, left: 4 });
    await tempid.refund({ id });
    expect(await tempid.usesInfo({ id })).toEqual({ total: 5, used: 0, left: 5 });
    await tempid.revoke({ id });
    expect(await tempid.use(token, Invite)).toBe(false);
  });

  it.each(['revoke', 'refund', 'usesInfo'] as const)(
    'is not found by %s where it was not tracked',
    async (call) => {
      const tempid = createService();
      const { id } = await tempid.mint({ maxUses: 1 });
      await expect(tempid[call]({ id })).rejects.toMatchObject({ code: 'TEMPID_NOT_FOUND' });
      for (const bad of [randomUUID(), '', 'x'.repeat(65), "' OR 1=1 --", 'a\0b']) {
        await expect(tempid[call]({ id: bad })).rejects.toMatchObject({
          code: 'TEMPID_NOT_FOUND',
        });
        expect(await tempid.find(bad)).toBeNull();
      }
    },
  );

  it('is not what any other object of a client is', async () => {
    const tempid = createService();
    const { id } = await tempid.mint({ tracked: true, maxUses: 1 });
    class Handle {
      readonly id = randomUUID();
    }
    const others: unknown[] = [
      { id, purpose: 'login' },
      { id: [id] },
      { id: { id } },
      { ID: id },
      [id],
      {},
      null,
      undefined,
      7,
      new Handle(),
      Object.create({ id }),
      Object.assign(() => {}, { id }),
      new Map([['id', id]]),
    ];
    for (const other of others) {
      await expect(tempid.revoke(other as string)).rejects.toMatchObject({
        code: 'TEMPID_FORMAT',
      });
    }
    expect(await tempid.find(id)).toMatchObject({ state: 'open' });
  });

  it('neither verifies nor uses anything', async () => {
    const tempid = createService();
    const { id } = await tempid.mint({ tracked: true, maxUses: 1 });
    expect(await tempid.verify({ id } as never)).toBeNull();
    expect(await tempid.use({ id } as never)).toBe(false);
    expect(await tempid.verify(id)).toBeNull();
    expect(await tempid.usesInfo({ id })).toMatchObject({ used: 0 });
  });
});

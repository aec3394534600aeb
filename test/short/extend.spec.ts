import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  defineTempID,
  MemoryTempIDStore,
  type TempID,
  type TempIDEvent,
  TempIDEvents,
  TempIDStore,
} from '../../src/index.js';
import { MINUTE, NOW, setClock } from '../support/clock.js';
import { createService } from '../support/service.js';
import { codeOf, OpenLedger, shortService } from './short-service.js';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

afterEach(() => {
  jest.restoreAllMocks();
});

/** A store that cannot keep a count for longer. */
class PlainStore extends TempIDStore {
  private readonly counts = new MemoryTempIDStore();
  override consume: TempIDStore['consume'] = (...given) => this.counts.consume(...given);
  override used: TempIDStore['used'] = (...given) => this.counts.used(...given);
  override refund: TempIDStore['refund'] = (...given) => this.counts.refund(...given);
  override revoke: TempIDStore['revoke'] = (id, until) => this.counts.revoke(id, until);
  override purgeExpired: TempIDStore['purgeExpired'] = (now) => this.counts.purgeExpired(now);
}

/** A store and a ledger that tell what is written to them, in which order. */
function writing() {
  const written: string[] = [];
  class Store extends MemoryTempIDStore {
    override async prolong(id: string, keepUntil: Date): Promise<void> {
      written.push(`count until ${keepUntil.getTime() - NOW}`);
      await super.prolong(id, keepUntil);
    }
  }
  class Ledger extends OpenLedger {
    override async replace(...given: Parameters<OpenLedger['replace']>): Promise<boolean> {
      written.push('row');
      return super.replace(...given);
    }
  }
  return { written, store: new Store(), ledger: new Ledger() };
}

describe('extend', () => {
  it('extend gives a token a later end, counted from now, and says so', async () => {
    setClock(NOW);
    const { tempid } = shortService();
    const token = await tempid.mint({ expiresIn: '1h', maxUses: 2, payload: { teamId: 7 } });
    setClock(NOW + 30 * MINUTE);
    const extended = await tempid.extend(token, { expiresIn: '2h' });
    expect(extended.expiresAt.getTime()).toBe(NOW - 250 + 150 * MINUTE);
    expect(extended).toMatchObject({
      value: token.value,
      id: token.id,
      issuedAt: token.issuedAt,
      maxUses: 2,
      payload: { teamId: 7 },
    });
    expect(token.expiresAt.getTime()).toBe(NOW - 250 + 60 * MINUTE);
    setClock(NOW + 149 * MINUTE);
    expect(await tempid.verify(token.value)).toMatchObject({ expiresAt: extended.expiresAt });
    expect(await tempid.find(token.id)).toMatchObject({ expiresAt: extended.expiresAt });
    setClock(NOW + 150 * MINUTE);
    expect(await codeOf(tempid.verifyOrThrow(token.value))).toBe('TEMPID_EXPIRED');
  });

  it('extend takes a token, its text, or its id, of which it gives nothing back', async () => {
    const { tempid } = shortService();
    const token = await tempid.mint({ maxUses: 1 });
    expect((await tempid.extend(token, { maxUses: 2 })).maxUses).toBe(2);
    expect((await tempid.extend(`<${token.value}>`, { maxUses: 3 })).value).toBe(token.value);
    expect(await tempid.extend({ id: token.id }, { maxUses: 4 })).toBeUndefined();
    expect((await tempid.parse(token.value)).maxUses).toBe(4);
  });

  it('extend keeps what a token of a kind has, and its type', async () => {
    const Invite = defineTempID<{ teamId: number }>({ purpose: 'invite', maxUses: 1 });
    const { tempid } = shortService();
    const token = await tempid.mint(Invite, { teamId: 7 }, { subject: 'u' });
    const extended: TempID<{ teamId: number }> = await tempid.extend(token, { maxUses: 2 });
    expect(extended).toMatchObject({ purpose: 'invite', subject: 'u', payload: { teamId: 7 } });
    expect(await tempid.use(extended, Invite)).toBe(true);
    expect(await tempid.use(token.value, Invite)).toBe(true);
    expect(await tempid.use(token.value, Invite)).toBe(false);
  });

  it('extend makes a new limit of what was used so far, and none at all of 0', async () => {
    const { tempid } = shortService();
    const token = await tempid.mint({ maxUses: 2 });
    const use = () => tempid.use(token.value);
    expect([await use(), await use(), await use()]).toEqual([true, true, false]);
    await tempid.extend(token, { maxUses: 3 });
    expect(await tempid.usesInfo(token)).toEqual({ total: 3, used: 2, left: 1 });
    expect([await use(), await use()]).toEqual([true, false]);
    await tempid.extend(token, { maxUses: 1 });
    expect(await tempid.usesInfo(token)).toEqual({ total: 1, used: 1, left: 0 });
    expect(await use()).toBe(false);
    await tempid.extend(token, { maxUses: 0 });
    expect([await use(), await use()]).toEqual([true, true]);
    await tempid.extend(token, { maxUses: 4 });
    expect([await use(), await use()]).toEqual([true, false]);
  });

  it('a token in hand goes by what it is now', async () => {
    setClock(NOW);
    const { tempid } = shortService();
    const token = await tempid.mint({ maxUses: 5, expiresIn: '2h' });
    const verified = await tempid.verifyOrThrow(token.value);
    await tempid.extend({ id: token.id }, { maxUses: 1, expiresIn: '1h' });
    expect([await tempid.use(token), await tempid.use(verified)]).toEqual([true, false]);
    await tempid.extend({ id: token.id }, { maxUses: 9 });
    expect((await tempid.useOrThrow(token)).maxUses).toBe(9);
    setClock(NOW + HOUR);
    expect(await codeOf(tempid.useOrThrow(token))).toBe('TEMPID_EXPIRED');
  });

  it('an earlier end is one, too', async () => {
    setClock(NOW);
    const { tempid } = shortService();
    const token = await tempid.mint({ expiresIn: '1d' });
    const extended = await tempid.extend(token, { expiresAt: new Date(NOW + MINUTE) });
    expect(extended.expiresAt.getTime()).toBe(NOW - 250 + MINUTE);
    setClock(NOW + MINUTE);
    expect(await tempid.verify(token.value)).toBeNull();
  });

  it('all changes of 50 at once are made, and none is lost', async () => {
    setClock(NOW);
    const { tempid } = shortService();
    const { tempid: other } = shortService();
    const token = await tempid.mint({ maxUses: 1, expiresIn: '1h' });
    const ends = Array.from({ length: 25 }, () => tempid.extend(token, { expiresIn: '3h' }));
    const limits = Array.from({ length: 25 }, () => tempid.extend(token.value, { maxUses: 7 }));
    await Promise.all([...ends, ...limits]);
    const extended = await tempid.parse(token.value);
    expect(extended).toMatchObject({ maxUses: 7, expiresAt: new Date(NOW - 250 + 3 * HOUR) });
    expect(await codeOf(other.parse(token.value))).toBe('TEMPID_TAMPERED');
  });

  it('a change that never gets its turn is an outage, and the token is as it was', async () => {
    class Contended extends OpenLedger {
      override async replace(): Promise<boolean> {
        return false;
      }
    }
    const { tempid } = shortService({}, undefined, undefined, new Contended());
    const token = await tempid.mint({ maxUses: 1 });
    expect(await codeOf(tempid.extend(token, { maxUses: 2 }))).toBe('TEMPID_STORE_UNAVAILABLE');
    expect((await tempid.parse(token.value)).maxUses).toBe(1);
  });
});

describe('the events of extend', () => {
  it('extend tells of a token that it has changed, also by its id, and of one that it refuses', async () => {
    const events = new TempIDEvents();
    const seen: TempIDEvent[] = [];
    const tempid = createService({ format: 'short' }, undefined, undefined, events);
    const token = await tempid.mint({ purpose: 'p', subject: 's', maxUses: 1 });
    events.subscribe((event) => void seen.push(event));
    await tempid.extend(token, { maxUses: 2 });
    await tempid.extend({ id: token.id }, { expiresIn: '1d' });
    await codeOf(tempid.extend(`tid_${'0'.repeat(22)}`, { maxUses: 2 }));
    await tempid.revokeSubject({ subject: 's' });
    await codeOf(tempid.extend(token, { maxUses: 3 }));
    await codeOf(tempid.extend({ id: token.id }, { maxUses: 3 }));
    await new Promise(setImmediate);
    const kid = tempid.keys()[0]?.kid;
    const facts = { id: token.id, purpose: 'p', subject: 's', format: 'short' };
    expect(seen).toMatchObject([
      { type: 'extended', ...facts, kid },
      { type: 'extended', ...facts, kid: null },
      { type: 'refused', code: 'TEMPID_TAMPERED', id: null },
      { type: 'revoked', id: null, subject: 's' },
      { type: 'refused', code: 'TEMPID_REVOKED', ...facts, kid },
      { type: 'refused', code: 'TEMPID_REVOKED', id: null },
    ]);
    expect(JSON.stringify(seen)).not.toContain(token.value);
  });
});

describe('a count and its token', () => {
  it('extend keeps the count for longer, and only then the token', async () => {
    setClock(NOW);
    const { written, store, ledger } = writing();
    const { tempid } = shortService({ leeway: '30s' }, store, undefined, ledger);
    const token = await tempid.mint({ expiresIn: '1h', maxUses: 3 });
    await tempid.extend(token, { expiresIn: '2h' });
    expect(written).toEqual([`count until ${3 * HOUR + 30_000 - 250}`, 'row']);
    await tempid.extend(token, { maxUses: 4 });
    await tempid.extend(token, { expiresIn: '1h' });
    expect(written.slice(2)).toEqual(['row', `count until ${3 * HOUR + 30_000 - 250}`, 'row']);
  });

  it('where the count cannot be kept for longer, the token is as it was', async () => {
    class Failing extends MemoryTempIDStore {
      override async prolong(): Promise<void> {
        throw new Error('no connection');
      }
    }
    const { tempid } = shortService({}, new Failing());
    const token = await tempid.mint({ maxUses: 3 });
    const extending = tempid.extend(token, { expiresIn: '2d', maxUses: 4 });
    expect(await codeOf(extending)).toBe('TEMPID_STORE_UNAVAILABLE');
    expect(await tempid.parse(token.value)).toMatchObject({
      maxUses: 3,
      expiresAt: token.expiresAt,
    });
  });

  it('a store that cannot keep a count for longer refuses another end, and nothing else', async () => {
    const { tempid } = shortService({}, new PlainStore());
    const token = await tempid.mint({ maxUses: 3, expiresIn: '1d' });
    for (const expiresIn of ['2d', '1h'] as const) {
      await expect(tempid.extend(token, { expiresIn })).rejects.toThrow(
        expect.objectContaining({
          code: 'TEMPID_CONFIGURATION',
          message: expect.stringMatching(/PlainStore .*prolong/),
        }),
      );
    }
    await tempid.extend(token, { maxUses: 4 });
    expect((await tempid.parse(token.value)).maxUses).toBe(4);
  });

  it.each(['used before', 'used after', 'used between', 'revoked before', 'never used'])(
    'no count is forgotten before its token, however often that is extended: %s',
    async (when) => {
      setClock(NOW);
      const { tempid } = shortService();
      const token = await tempid.mint({ expiresIn: '1h', maxUses: 1 });
      let isSpent = false;
      const spend = async () => {
        isSpent = true;
        expect(await tempid.use(token)).toBe(true);
      };
      if (when === 'used before') await spend();
      if (when === 'revoked before') await tempid.revoke(token);
      for (let hour = 1; hour <= 100; hour++) {
        const extending = codeOf(tempid.extend({ id: token.id }, { expiresIn: '90m' }));
        expect(await extending).toBe(when === 'revoked before' ? 'TEMPID_REVOKED' : 'fine');
        if (hour === 50 && when === 'used between') await spend();
        if (hour === 100 && when === 'used after') await spend();
        setClock(NOW + hour * HOUR - MINUTE);
        await tempid.purgeExpired();
        if (when === 'revoked before') return;
        expect(await tempid.usesInfo(token)).toMatchObject({ used: isSpent ? 1 : 0 });
      }
      expect(await tempid.use(token)).toBe(!isSpent);
      const end = (await tempid.parse(token.value)).expiresAt.getTime();
      for (const late of [0, HOUR - MINUTE]) {
        setClock(end + late);
        await tempid.purgeExpired();
        expect(await tempid.usesInfo(token)).toMatchObject({ used: 1 });
      }
    },
  );

  it('a use that read the token before it was extended keeps its count as long as the token', async () => {
    setClock(NOW);
    class Late extends MemoryTempIDStore {
      before: () => Promise<unknown> = async () => {};
      override async consume(...given: Parameters<MemoryTempIDStore['consume']>) {
        await this.before();
        return super.consume(...given);
      }
    }
    const store = new Late();
    const { tempid } = shortService({}, store);
    const token = await tempid.mint({ expiresIn: '1h', maxUses: 1 });
    store.before = () => tempid.extend({ id: token.id }, { expiresIn: '10h' });
    expect(await tempid.use(token.value)).toBe(true);
    setClock(NOW + 5 * HOUR);
    await tempid.purgeExpired();
    store.before = async () => {};
    expect(await codeOf(tempid.useOrThrow(token.value))).toBe('TEMPID_EXHAUSTED');
  });

  it('a revocation that read the token before it was extended holds as long as the token', async () => {
    setClock(NOW);
    class Late extends MemoryTempIDStore {
      before: () => Promise<unknown> = async () => {};
      override async revoke(...given: Parameters<MemoryTempIDStore['revoke']>) {
        await this.before();
        return super.revoke(...given);
      }
    }
    const store = new Late();
    const { tempid } = shortService({}, store);
    const token = await tempid.mint({ expiresIn: '1h' });
    store.before = () => tempid.extend({ id: token.id }, { expiresIn: '10h' });
    await tempid.revoke(token);
    setClock(NOW + 5 * HOUR);
    await tempid.purgeExpired();
    expect(await codeOf(tempid.verifyOrThrow(token.value))).toBe('TEMPID_REVOKED');
    expect(await codeOf(tempid.extend(token, { expiresIn: '20h' }))).toBe('TEMPID_REVOKED');
  });

  it('the row of a token is kept as long as its later end says', async () => {
    setClock(NOW);
    const { tempid, ledger } = shortService({ keepIssued: '1d' });
    const token = await tempid.mint({ expiresIn: '1h' });
    await tempid.extend(token, { expiresIn: '10d' });
    setClock(NOW + 11 * DAY - MINUTE);
    await tempid.purgeExpired();
    expect(ledger.size).toBe(1);
    setClock(NOW + 11 * DAY + MINUTE);
    await tempid.purgeExpired();
    expect(ledger.size).toBe(0);
    expect(await codeOf(tempid.verifyOrThrow(token.value))).toBe('TEMPID_TAMPERED');
  });
});

describe('extend refuses', () => {
  it('extend refuses what is no short token, and says why', async () => {
    const { tempid } = shortService({ accept: ['short', 'v3', 'v2'] });
    for (const format of ['v3', 'v2'] as const) {
      const token = await tempid.mint({ format, ...(format === 'v3' && { tracked: true }) });
      for (const given of [token, token.value, ...(format === 'v3' ? [{ id: token.id }] : [])]) {
        await expect(tempid.extend(given as TempID, { maxUses: 2 })).rejects.toThrow(
          expect.objectContaining({
            code: 'TEMPID_CONFIGURATION',
            message: expect.stringMatching(
              /^Only short tokens can be changed after they were sent/,
            ),
          }),
        );
      }
    }
    expect(await codeOf(tempid.extend({ id: 'a' }, { maxUses: 2 }))).toBe('TEMPID_NOT_FOUND');
    expect(await codeOf(tempid.extend({ id: 'a b' }, { maxUses: 2 }))).toBe('TEMPID_NOT_FOUND');
    expect(await codeOf(tempid.extend('garbage', { maxUses: 2 }))).toBe('TEMPID_FORMAT');
  });

  it.each([
    [{}],
    [{ expiresIn: '0s' }],
    [{ expiresIn: '1h', expiresAt: new Date(NOW + DAY) }],
    [{ expiresAt: new Date(NOW - MINUTE) }],
    [{ expiresAt: new Date(NaN) }],
    [{ maxUses: -1 }],
    [{ maxUses: 1.5 }],
    [{ maxUses: undefined }],
    [{ purpose: 'x' }],
    [{ payload: {} }],
    [{ manager: {}, maxUses: 1 }],
    [null],
    [undefined],
  ])('extend refuses the options %j, and changes nothing', async (options) => {
    setClock(NOW);
    const { tempid, ledger } = shortService();
    const token = await tempid.mint({ expiresIn: '1h', maxUses: 3 });
    const row = await ledger.row(token.id);
    expect(await codeOf(tempid.extend(token, options as object))).toBe('TEMPID_CONFIGURATION');
    expect(await ledger.row(token.id)).toBe(row);
  });

  it('extend refuses an end before which the token does not begin', async () => {
    setClock(NOW);
    const { tempid } = shortService();
    const notBefore = new Date(NOW + HOUR);
    const token = await tempid.mint({ expiresIn: '2h', notBefore });
    expect(await codeOf(tempid.extend(token, { expiresIn: '1h' }))).toBe('TEMPID_CONFIGURATION');
    expect(await codeOf(tempid.extend(token, { expiresIn: '61m' }))).toBe('fine');
  });

  it('extend refuses a token that has expired, though its count is still there', async () => {
    setClock(NOW);
    const { tempid } = shortService({ leeway: '10s' });
    const token = await tempid.mint({ expiresIn: '1h' });
    setClock(NOW - 250 + HOUR + 9_999);
    await tempid.extend(token, { maxUses: 2 });
    setClock(NOW - 250 + HOUR + 10_000);
    for (const given of [token, { id: token.id }]) {
      const extending = tempid.extend(given as TempID, { expiresIn: '1h' });
      expect(await codeOf(extending)).toBe('TEMPID_EXPIRED');
    }
  });

  it('extend refuses a token that was revoked by itself, with its subject or with its purpose', async () => {
    const { tempid } = shortService();
    const revocations: ((token: TempID<null>) => Promise<void>)[] = [
      (token) => tempid.revoke(token),
      ({ id }) => tempid.revoke({ id }),
      () => tempid.revokeSubject({ subject: 'u' }),
      () => tempid.revokePurpose('p'),
    ];
    for (const revoke of revocations) {
      const token = await tempid.mint({ purpose: 'p', subject: 'u' });
      await tempid.extend(token, { expiresIn: '1h' });
      await revoke(token);
      expect(await codeOf(tempid.extend(token, { maxUses: 9 }))).toBe('TEMPID_REVOKED');
      const byId = tempid.extend({ id: token.id }, { expiresIn: '1d' });
      expect(await codeOf(byId)).toBe('TEMPID_REVOKED');
    }
  });

  it('a token with a purpose lives at most maxLifetime from its issue, one without as long as one likes', async () => {
    setClock(NOW);
    const { tempid } = shortService({ maxLifetime: '10d' });
    const scoped = await tempid.mint({ purpose: 'p', expiresIn: '6d' });
    const free = await tempid.mint({ expiresIn: '6d' });
    setClock(NOW + 5 * DAY);
    const extend = (token: TempID<null>, days: number) =>
      codeOf(tempid.extend(token, { expiresAt: new Date(Date.now() + days * DAY) }));
    expect(await extend(scoped, 6)).toBe('TEMPID_CONFIGURATION');
    expect(await extend(scoped, 5)).toBe('fine');
    expect(await extend(free, 500)).toBe('fine');
  });

  it('extend refuses the challenge of a code', async () => {
    const { tempid } = shortService();
    const { challenge } = await tempid.mintCode();
    for (const given of [challenge, { id: challenge.id }]) {
      const extending = tempid.extend(given as TempID, { maxUses: 50 });
      expect(await codeOf(extending)).toBe('TEMPID_CONFIGURATION');
    }
  });
});

import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { filter, map } from 'rxjs';
import { Logger } from '@nestjs/common';
import { Keyring } from '../../src/keys/keyring.js';
import { resolveSecrets } from '../../src/keys/secrets.js';
import { jwe, jws } from '../../src/jwt/index.js';
import {
  MemoryTempIDStore,
  type MintOptions,
  type TempIDEvent,
  TempIDEvents,
  TempIDExhaustedError,
  type TempIDModuleOptions,
  TempIDRevokedError,
  type TempIDService,
  type TempIDStore,
  TempIDStoreUnavailableError,
} from '../../src/index.js';
import { BrokenStore } from '../support/broken-store.js';
import { mintsShort } from '../support/default-format.js';
import { SECRET } from '../support/secrets.js';
import { createService } from '../support/service.js';

const PAYLOAD = { account: 'a payload that no event may hold' };
const BOUND_TO = 'a value that no event may hold';
const CLAIMS = { purpose: 'invite', subject: 'ada', maxUses: 2, payload: PAYLOAD } as const;

/** A service, and what its events have said so far. */
function observed(options: TempIDModuleOptions = {}, store: TempIDStore = new MemoryTempIDStore()) {
  const events = new TempIDEvents();
  const keyring = new Keyring(resolveSecrets(SECRET));
  const tempid = createService(options as object, store, keyring, events);
  const seen: TempIDEvent[] = [];
  events.subscribe((event) => void seen.push(event));
  return {
    tempid,
    events,
    kid: keyring.newest.name,
    /** Those since the last time, once all have come. */
    async next(): Promise<TempIDEvent[]> {
      await new Promise(setImmediate);
      return seen.splice(0);
    },
  };
}

/** An event as a test expects it: with whatever moment and duration it has. */
function at(event: object): object {
  const timed = 'milliseconds' in event ? event : {};
  return { ...timed, ...event, at: expect.any(Date) };
}

const MS: unknown = expect.any(Number);

describe('the events of a token', () => {
  let service: ReturnType<typeof observed>;
  let tempid: TempIDService;
  let facts: object;

  beforeEach(() => {
    service = observed();
    tempid = service.tempid;
  });

  async function mint(options: MintOptions<typeof PAYLOAD> = {}) {
    const token = await tempid.mint({ ...CLAIMS, ...options } as MintOptions<typeof PAYLOAD> & {
      payload: typeof PAYLOAD;
    });
    const { id, purpose, subject } = token;
    const format = mintsShort() ? 'short' : 'v3';
    facts = { id, purpose, subject, format, kid: service.kid };
    return token;
  }

  it('minting makes one event, `minted`', async () => {
    await mint();
    expect(await service.next()).toEqual([at({ type: 'minted', ...facts })]);
  });

  it('verifying makes `verified` of a good token, by each call that verifies', async () => {
    const { value } = await mint();
    await service.next();
    const verified = at({ type: 'verified', ...facts, milliseconds: MS });
    await tempid.verify(value, { purpose: 'invite' });
    expect(await service.next()).toEqual([verified]);
    await tempid.verifyOrThrow(value, { purpose: 'invite', checkUses: true });
    expect(await service.next()).toEqual([verified]);
  });

  it('using makes `used` of each use, and one `refused` of each that comes later', async () => {
    const { value } = await mint();
    await service.next();
    const used = at({ type: 'used', ...facts, by: null, repeated: false, milliseconds: MS });
    await tempid.use(value, { purpose: 'invite' });
    await tempid.useOrThrow(value, { purpose: 'invite' });
    expect(await service.next()).toEqual([used, used]);
    await tempid.use(value, { purpose: 'invite' });
    await expect(tempid.useOrThrow(value, { purpose: 'invite' })).rejects.toThrow(
      TempIDExhaustedError,
    );
    const code = 'TEMPID_EXHAUSTED';
    const refused = at({ type: 'refused', ...facts, code, by: null, milliseconds: MS });
    expect(await service.next()).toEqual([refused, refused]);
  });

  it('who uses a token is named by `used`, `refused` and `refunded`, and a repetition is told from a use', async () => {
    const token = await mint();
    await service.next();
    await tempid.use(token, { by: 'bob' });
    await tempid.use(token, { by: 'bob', repeat: true });
    await tempid.use(token, { by: 'bob' });
    await tempid.refund(token, { by: 'bob' });
    const by = 'bob';
    const code = 'TEMPID_ALREADY_USED';
    expect(await service.next()).toEqual([
      at({ type: 'used', ...facts, by, repeated: false, milliseconds: MS }),
      at({ type: 'used', ...facts, by, repeated: true, milliseconds: MS }),
      at({ type: 'refused', ...facts, code, by, milliseconds: MS }),
      at({ type: 'refunded', ...facts, by }),
    ]);
  });

  it('a token in hand that was minted here makes the events of its string', async () => {
    const token = await mint({ maxUses: 1 });
    await tempid.use(token);
    await tempid.use(token);
    await tempid.use(token, { purpose: 'other' });
    expect(await service.next()).toMatchObject([
      { type: 'minted' },
      { type: 'used', ...facts },
      { type: 'refused', ...facts, code: 'TEMPID_EXHAUSTED' },
      { type: 'refused', ...facts, code: 'TEMPID_SCOPE' },
    ]);
  });

  it.each([
    ['of another purpose', { purpose: 'other' }, 'TEMPID_SCOPE'],
    ['of another subject', { purpose: 'invite', subject: 'eve' }, 'TEMPID_SCOPE'],
    ['of another binding', { purpose: 'invite', boundTo: BOUND_TO }, 'TEMPID_SCOPE'],
  ])('an authentic token %s is `refused` with what it is', async (_, options, code) => {
    const { value } = await mint();
    await service.next();
    await tempid.verify(value, options);
    await tempid.use(value, options);
    const refused = at({ type: 'refused', ...facts, code, by: null, milliseconds: MS });
    expect(await service.next()).toEqual([refused, refused]);
  });

  it('what is no authentic token is `refused` without anything of it, by each call that takes one', async () => {
    const { value } = await mint();
    await service.next();
    const nothing = { id: null, purpose: null, subject: null, format: null, kid: null, by: null };
    const changed = `${value.slice(0, -4)}AAAA`;
    for (const [text, code] of [
      ['garbage', 'TEMPID_FORMAT'],
      [changed, 'TEMPID_TAMPERED'],
    ] as const) {
      const timed = at({ type: 'refused', ...nothing, code, milliseconds: MS });
      const timedCalls = [
        () => tempid.verify(text),
        () => tempid.use(text),
        () => tempid.verifyCode(text, '1'),
      ];
      for (const call of timedCalls) {
        await call();
        expect(await service.next()).toEqual([timed]);
      }
      const untimed = at({ type: 'refused', ...nothing, code, milliseconds: null });
      for (const name of ['parse', 'usesInfo', 'refund', 'revoke', 'attemptsInfo'] as const) {
        await expect(tempid[name](text)).rejects.toMatchObject({ code });
        expect(await service.next()).toEqual([untimed]);
      }
    }
  });

  it('a call that only reads, and one whose options are wrong, makes no event', async () => {
    const { value } = await mint();
    await service.next();
    await tempid.parse(value);
    await tempid.usesInfo(value);
    tempid.keys();
    await expect(tempid.use(value, { purpos: 'invite' } as object)).rejects.toMatchObject({
      code: 'TEMPID_CONFIGURATION',
    });
    expect(await service.next()).toEqual([]);
  });

  it('what a look-up of the application throws makes no event', async () => {
    const { value } = await mint({ boundTo: BOUND_TO });
    await service.next();
    const boundTo = () => {
      throw new Error('the database of the application is away');
    };
    await expect(tempid.use(value, { purpose: 'invite', boundTo })).rejects.toThrow('away');
    expect(await service.next()).toEqual([]);
  });

  it('a refund makes `refunded`, where uses are counted', async () => {
    const token = await mint();
    await tempid.use(token);
    await tempid.refund(token);
    const unlimited = await tempid.mint();
    await tempid.refund(unlimited);
    expect(await service.next()).toEqual([
      expect.objectContaining({ type: 'minted' }),
      expect.objectContaining({ type: 'used' }),
      at({ type: 'refunded', ...facts, by: null }),
      expect.objectContaining({ type: 'minted', id: unlimited.id }),
    ]);
  });

  it('a revocation makes `revoked`: of a token with what it is, of a subject or a purpose with these', async () => {
    const token = await mint();
    await service.next();
    await tempid.revoke(token);
    await tempid.revokeSubject({ subject: 'ada' });
    await tempid.revokeSubject({ subject: 'ada', purpose: 'invite' });
    await tempid.revokePurpose('invite');
    const all = { type: 'revoked', id: null, format: null, kid: null };
    expect(await service.next()).toEqual([
      at({ type: 'revoked', ...facts }),
      at({ ...all, purpose: null, subject: 'ada' }),
      at({ ...all, purpose: 'invite', subject: 'ada' }),
      at({ ...all, purpose: 'invite', subject: null }),
    ]);
    await tempid.use(token);
    expect(await service.next()).toMatchObject([{ type: 'refused', code: 'TEMPID_REVOKED' }]);
  });

  it('a renewal makes `renewed` of the new token and nothing of the old one, and `refused` of each that comes later', async () => {
    const old = await mint();
    await tempid.use(old);
    await service.next();
    const next = await tempid.renew(old);
    await expect(tempid.renew(old)).rejects.toThrow(TempIDRevokedError);
    const previousId = old.id;
    expect(await service.next()).toEqual([
      at({ type: 'renewed', ...facts, id: next.id, previousId, milliseconds: MS }),
      at({ type: 'refused', ...facts, code: 'TEMPID_REVOKED', by: null, milliseconds: MS }),
    ]);
  });

  it('a token that replaces others makes `revoked` of its scope, and `minted`', async () => {
    await mint({ replace: true });
    expect(await service.next()).toEqual([
      at({ type: 'revoked', id: null, purpose: 'invite', subject: 'ada', format: null, kid: null }),
      at({ type: 'minted', ...facts }),
    ]);
  });

  it('a purge makes `purged` where it removed something', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'performance'] });
    const token = await mint({ expiresIn: '1s' });
    await tempid.use(token);
    await service.next();
    await tempid.purgeExpired();
    expect(await service.next()).toEqual([]);
    jest.setSystemTime(Date.now() + 3_700_000);
    await tempid.purgeExpired();
    expect(await service.next()).toEqual([at({ type: 'purged', count: 1, milliseconds: MS })]);
    jest.useRealTimers();
  });

  it('without a subscriber no event is made, and none of that time comes later', async () => {
    const events = new TempIDEvents();
    const emit = jest.spyOn(events, 'emit');
    const unheard = createService({}, new MemoryTempIDStore(), undefined, events);
    const token = await unheard.mint(CLAIMS);
    await unheard.verify(token.value, { purpose: 'invite' });
    await unheard.use(token);
    await unheard.use('garbage');
    await unheard.refund(token);
    await unheard.revokeSubject({ subject: 'ada' });
    const { challenge, code } = await unheard.mintCode();
    await unheard.verifyCode(challenge, code);
    const subscription = events.subscribe();
    subscription.unsubscribe();
    await unheard.use(token);
    expect(emit).not.toHaveBeenCalled();
    const late: TempIDEvent[] = [];
    events.subscribe((event) => void late.push(event));
    await new Promise(setImmediate);
    expect(late).toEqual([]);
    await unheard.use(token);
    expect(emit).toHaveBeenCalledTimes(1);
  });
});

describe('the events of a code', () => {
  const type = 'code-refused';

  it('a brute force makes `code-refused` of each try, and `used` of the right code', async () => {
    const { tempid, next } = observed();
    const minted = await tempid.mintCode({ purpose: 'login', subject: 'ada', maxAttempts: 3 });
    const { challenge, code } = minted;
    await next();
    await tempid.verifyCode(challenge, 'wrong', { purpose: 'login' });
    await tempid.verifyCode(challenge, code, { purpose: 'login' });
    const { id } = challenge;
    expect(await next()).toMatchObject([
      { type, id, subject: 'ada', purpose: 'login', code: 'TEMPID_CODE' },
      { type: 'used', id, subject: 'ada', purpose: 'login' },
    ]);
    await tempid.verifyCode(challenge, code, { purpose: 'login' });
    expect(await next()).toMatchObject([{ type, id, code: 'TEMPID_EXHAUSTED' }]);
  });

  it('the last attempt and those after it are `code-refused` as exhausted', async () => {
    const { tempid, next } = observed();
    const { challenge } = await tempid.mintCode({ maxAttempts: 2 });
    await next();
    for (const guess of ['a', 'b', 'c']) await tempid.verifyCode(challenge, guess);
    expect(await next()).toMatchObject([
      { type, code: 'TEMPID_CODE' },
      { type, code: 'TEMPID_EXHAUSTED' },
      { type, code: 'TEMPID_EXHAUSTED' },
    ]);
  });

  it('a challenge of another purpose, and a token that is none, are `refused`', async () => {
    const { tempid, next } = observed();
    const { challenge, code } = await tempid.mintCode({ purpose: 'login' });
    const token = await tempid.mint();
    await next();
    await tempid.verifyCode(challenge, code);
    await tempid.verifyCode(token, code);
    await expect(tempid.attemptsInfo(token)).rejects.toMatchObject({ code: 'TEMPID_SCOPE' });
    const refused = { type: 'refused', code: 'TEMPID_SCOPE' };
    expect(await next()).toMatchObject([
      { ...refused, id: challenge.id },
      { ...refused, id: token.id },
      { ...refused, id: token.id },
    ]);
  });
});

describe('the events of other formats and keys', () => {
  it.each(['v2', 'v3', 'jws', 'jwe'] as const)(
    'an event names the format %s and the key of its token',
    async (format) => {
      const formats = [jws({ keys: [{ kid: 'mine', secret: 'x'.repeat(32) }] }), jwe()];
      const accept = ['v2', 'v3', 'jws', 'jwe'] as const;
      const { tempid, next, kid } = observed({ formats, accept });
      const { value, id } = await tempid.mint({ format, maxUses: 1 });
      await tempid.use(value);
      const facts = { id, format, kid: format === 'jws' ? 'mine' : kid };
      expect(await next()).toMatchObject([
        { type: 'minted', ...facts },
        { type: 'used', ...facts },
      ]);
    },
  );
});

describe('the events of an outage', () => {
  it('an outage makes `store-unavailable` once, and `refused` of each call that it ends', async () => {
    const { tempid, next } = observed({}, new BrokenStore());
    const token = await tempid.mint({ maxUses: 1 });
    await next();
    for (let time = 0; time < 3; time++)
      await expect(tempid.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
    await expect(tempid.verify(token.value, { checkUses: true })).rejects.toThrow(
      TempIDStoreUnavailableError,
    );
    const refused = { type: 'refused', id: token.id, code: 'TEMPID_STORE_UNAVAILABLE' };
    expect(await next()).toMatchObject([refused, refused, refused, refused]);
  });
});

describe('a subscriber', () => {
  const errors: string[] = [];

  beforeEach(() => {
    errors.length = 0;
    jest.spyOn(Logger.prototype, 'error').mockImplementation((message: unknown) => {
      errors.push(String(message));
    });
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('a subscriber that throws, or whose promise rejects, is logged without a token, and changes nothing for anybody', async () => {
    const { tempid, events, next } = observed();
    let value = '';
    const fail = () => {
      throw new Error(`cannot store ${value}`);
    };
    events.subscribe(fail);
    events.subscribe({ next: async () => fail() });
    events.pipe(filter(({ type }) => type === 'used')).subscribe(fail);
    events.pipe(map(fail)).subscribe();
    events.pipe(map(fail)).subscribe({ error: fail });
    const token = await tempid.mint({ maxUses: 1 });
    ({ value } = token);
    expect(await next()).toMatchObject([{ type: 'minted' }]);
    expect(errors).toEqual(
      Array.from({ length: 4 }, () =>
        expect.stringMatching(/^A subscriber failed: cannot store \[token\]$/),
      ),
    );
    errors.length = 0;
    expect(await tempid.use(value)).toBe(true);
    expect(await tempid.use(value)).toBe(false);
    expect(await next()).toMatchObject([{ type: 'used' }, { type: 'refused' }]);
    // Those behind `map` have ended with its error.
    expect(errors).toHaveLength(5);
  });

  it('a subscriber that throws ends no process', async () => {
    const uncaught = jest.fn();
    process.on('uncaughtException', uncaught);
    process.on('unhandledRejection', uncaught);
    const { tempid, events, next } = observed();
    const fail = () => {
      throw new Error('a mistake');
    };
    events
      .pipe(
        map(({ type }) => type),
        filter(Boolean),
      )
      .subscribe(fail);
    events.pipe(map(fail)).subscribe();
    events.subscribe(async () => fail());
    events.subscribe({ next: fail, complete: fail });
    await tempid.mint();
    await next();
    await events.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('uncaughtException', uncaught);
    process.off('unhandledRejection', uncaught);
    expect(uncaught).not.toHaveBeenCalled();
    expect(errors).toHaveLength(5);
  });

  it('a subscriber that never answers delays no call, and no other subscriber', async () => {
    const { tempid, events, next } = observed();
    events.subscribe({ next: () => new Promise(() => {}) });
    const token = await tempid.mint({ maxUses: 1 });
    expect(await tempid.use(token)).toBe(true);
    expect(await next()).toMatchObject([{ type: 'minted' }, { type: 'used' }]);
  });

  it('an event comes once the call that it is about has gone on', async () => {
    const { tempid, events } = observed();
    const order: string[] = [];
    events.subscribe(({ type }) => void order.push(type));
    const token = await tempid.mint({ maxUses: 1 });
    order.push('after mint');
    await tempid.use(token);
    order.push('after use');
    await new Promise(setImmediate);
    expect(order).toEqual(['after mint', 'after use', 'minted', 'used']);
  });

  it('events come in the order in which things happened, to all subscribers alike', async () => {
    const { tempid, events, next } = observed();
    const other: TempIDEvent[] = [];
    events.pipe(filter(() => true)).subscribe((event) => void other.push(event));
    const token = await tempid.mint({ maxUses: 50 });
    await Promise.all(Array.from({ length: 60 }, () => tempid.use(token)));
    await tempid.revoke(token);
    const all = await next();
    const types = all.map(({ type }) => type);
    const expected = ['minted', ...Array(50).fill('used'), ...Array(10).fill('refused'), 'revoked'];
    expect(types).toEqual(expected);
    expect(other).toEqual(all);
  });

  it('a subscriber cannot change an event for the next one', async () => {
    const { tempid, events, next } = observed();
    await tempid.mint({ purpose: 'invite' });
    const [event] = await next();
    expect(Object.isFrozen(event)).toBe(true);
    expect(event && Reflect.set(event, 'purpose', 'other')).toBe(false);
    expect(events.isObserved).toBe(true);
  });
});

describe('what no event holds', () => {
  it.each(['v2', 'v3', 'jws', 'jwe'] as const)(
    'no event of the format %s holds a token, a code, a secret, a payload or what a token is bound to',
    async (format) => {
      const accept = ['v2', 'v3', 'jws', 'jwe'] as const;
      const { tempid, next } = observed({ formats: [jws(), jwe()], accept, format });
      const scoped = format === 'v2' ? {} : { purpose: 'p', boundTo: BOUND_TO };
      const options = { payload: PAYLOAD, maxUses: 3, ...scoped };
      const token = await tempid.mint(options);
      const { value } = token;
      const { code, formatted, challenge } = await tempid.mintCode({ payload: PAYLOAD });
      await tempid.use(value, scoped);
      await tempid.use(token);
      await tempid.verify(value, { purpose: 'other', boundTo: 'wrong value' });
      await tempid.use(`${value.slice(0, -3)}AAA`, scoped);
      await tempid.refund(value);
      await tempid.verifyCode(challenge, 'WRONGCODE');
      await tempid.verifyCode(challenge, code);
      const renewed = await tempid.renew(value, scoped);
      await tempid.revoke(renewed);
      await tempid.use(value, scoped);
      const all = await next();
      expect(all.length).toBe(12);
      // A duration has digits that a code may have, too.
      const bare = all.map((event) => ({ ...event, milliseconds: null }));
      const texts = [JSON.stringify(bare), inspect(bare, { depth: null, showHidden: true })];
      const secrets = [
        value,
        renewed.value,
        challenge.value,
        code,
        formatted,
        SECRET,
        PAYLOAD.account,
        BOUND_TO,
      ];
      const parts = [value, renewed.value, challenge.value].flatMap((each) => [
        each.slice(0, 24),
        each.slice(-30),
        ...each
          .split('.')
          .filter((part) => part.length > 20 && part !== token.id && part !== renewed.id),
      ]);
      const wrong = ['WRONGCODE', 'wrong value', `${value.slice(0, -3)}AAA`];
      for (const text of texts) {
        const found = [...secrets, ...parts, ...wrong].filter((each) => text.includes(each));
        expect(found).toEqual([]);
      }
    },
  );
});

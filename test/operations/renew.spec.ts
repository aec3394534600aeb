import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createSecretKey } from 'node:crypto';
import { expectTypeOf } from 'expect-type';
import { SignJWT } from 'jose';
import { z } from 'zod';
import {
  defineTempID,
  type JsonObject,
  MemoryTempIDStore,
  REVOKED_COUNT,
  type TempID,
  TempIDConfigurationError,
  TempIDExhaustedError,
  TempIDExpiredError,
  TempIDRevokedError,
  TempIDScopeError,
  type TempIDService,
  TempIDStore,
  TempIDStoreUnavailableError,
} from '../../src/index.js';
import { jws } from '../../src/jwt/index.js';
import { MINUTE, NOW, setClock } from '../support/clock.js';
import { createService } from '../support/service.js';

const Session = defineTempID({
  purpose: 'session',
  audience: 'web',
  schema: z.object({ since: z.string().transform((text) => new Date(text)) }),
});
const SINCE = '2026-01-01T00:00:00.000Z';

afterEach(() => {
  jest.restoreAllMocks();
});

/** How often a token can still be used, by using it. */
async function useUp(tempid: TempIDService, token: TempID<unknown>): Promise<number> {
  let uses = 0;
  while (await tempid.use(token)) uses++;
  return uses;
}

describe('a token that is renewed', () => {
  let tempid: TempIDService;

  beforeEach(() => {
    tempid = createService({ maxLifetime: '30d' });
  });

  it('the new token says what the old one said, lives anew, and the old one is revoked', async () => {
    const claims = { purpose: 'invite', subject: 'ada', audience: 'web', payload: { team: 7 } };
    const old = await tempid.mint({
      ...claims,
      boundTo: 'hash',
      maxUses: 3,
      notBefore: new Date(),
    });
    setClock(Date.now() + 5 * MINUTE);
    const scope = { purpose: 'invite', audience: 'web', boundTo: 'hash' };
    const next = await tempid.renew(old.value, { ...scope, expiresIn: '2h' });
    expect(next).toMatchObject({ ...claims, maxUses: 3, notBefore: null });
    expect(next.id).not.toBe(old.id);
    expect(next.expiresAt.getTime()).toBe(Math.floor(Date.now() / 1_000) * 1_000 + 7_200_000);
    await expect(tempid.useOrThrow(old.value, scope)).rejects.toThrow(TempIDRevokedError);
    await expect(tempid.renew(old.value, scope)).rejects.toThrow(TempIDRevokedError);
    await expect(tempid.verifyOrThrow(next.value, { ...scope, boundTo: 'other' })).rejects.toThrow(
      TempIDScopeError,
    );
    expect(await tempid.verifyOrThrow(next.value, scope)).toMatchObject(claims);
  });

  it('the new token has the uses that the old one had left', async () => {
    const old = await tempid.mint({ maxUses: 5 });
    await tempid.use(old);
    await tempid.use(old);
    const next = await tempid.renew(old);
    expect(next.maxUses).toBe(3);
    expect(await useUp(tempid, next)).toBe(3);
    expect(await useUp(tempid, old)).toBe(0);
  });

  it('a token without a use limit has a successor without one', async () => {
    const next = await tempid.renew(await tempid.mint());
    expect(next.maxUses).toBe(0);
    expect(await tempid.usesInfo(next)).toEqual({ total: null, used: null, left: null });
  });

  it.each([
    ['used up', TempIDExhaustedError, (token: TempID) => tempid.use(token)],
    ['revoked', TempIDRevokedError, (token: TempID) => tempid.revoke(token)],
    ['revoked by its subject', TempIDRevokedError, () => tempid.revokeSubject({ subject: 'ada' })],
    ['revoked by its purpose', TempIDRevokedError, () => tempid.revokePurpose('invite')],
    ['over', TempIDExpiredError, () => setClock(Date.now() + 11 * MINUTE)],
  ])('a token that is %s cannot be renewed', async (_, error, end) => {
    const token = await tempid.mint<JsonObject>({
      purpose: 'invite',
      subject: 'ada',
      maxUses: 1,
      payload: {},
    });
    await end(token);
    await expect(tempid.renew(token.value, { purpose: 'invite' })).rejects.toThrow(error);
  });

  it('what does not fit the token renews nothing, and the token works still', async () => {
    const { value } = await tempid.mint({ purpose: 'invite', subject: 'ada', boundTo: 'hash' });
    for (const options of [
      {},
      { purpose: 'other', boundTo: 'hash' },
      { purpose: 'invite' },
      { purpose: 'invite', boundTo: 'other' },
      { purpose: 'invite', boundTo: 'hash', subject: 'eve' },
    ]) {
      await expect(tempid.renew(value, options)).rejects.toThrow(TempIDScopeError);
    }
    await expect(tempid.renew('garbage')).rejects.toMatchObject({ code: 'TEMPID_FORMAT' });
    expect(await tempid.use(value, { purpose: 'invite', boundTo: 'hash' })).toBe(true);
  });

  it('with a kind the payload is copied as it is in the token, and read once more by the schema', async () => {
    const { value } = await tempid.mint(Session, { since: SINCE });
    const once = await tempid.renew(value, Session, { expiresIn: '1h' });
    const twice = await tempid.renew(once, Session, { expiresIn: '1h' });
    expect(twice.payload).toEqual({ since: new Date(SINCE) });
    expect((await tempid.verifyOrThrow(twice.value, Session)).payload).toEqual(twice.payload);
    expect((await tempid.parse(twice.value)).payload).toEqual({ since: SINCE });
  });

  it('a kind gives the lifetime of the new token, and takes no other', async () => {
    const Short = defineTempID({ purpose: 'short', expiresIn: '1m' });
    const old = await tempid.mint(Short);
    await expect(
      tempid.renew(old, Short, { expiresAt: new Date(Date.now() + MINUTE) }),
    ).rejects.toThrow(`The kind 'short' says 'expiresIn' for all its tokens`);
    const next = await tempid.renew(old, Short);
    expect(next.expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + MINUTE);
  });

  it('the types of renew are those of its kind or its token', async () => {
    const old = await tempid.mint(Session, { since: SINCE });
    const ofKind = await tempid.renew(old.value, Session, { expiresIn: '1h' });
    expectTypeOf(ofKind.payload.since).toEqualTypeOf<Date>();
    const ofToken = await tempid.renew(ofKind);
    expectTypeOf(ofToken).toEqualTypeOf<typeof ofKind>();
    const ofText = await tempid.renew(ofToken.value, { purpose: 'session', audience: 'web' });
    expectTypeOf(ofText.payload).toEqualTypeOf<JsonObject | null>();
    expect(ofText.payload).toEqual({ since: SINCE });
    // @ts-expect-error a kind says the purpose
    const twoPurposes = tempid.renew(ofText, Session, { purpose: 'session' });
    await expect(twoPurposes).rejects.toThrow(TempIDConfigurationError);
    // @ts-expect-error renewing is no use by somebody
    await expect(tempid.renew(ofText, { by: 'ada' })).rejects.toThrow(`no option 'by'`);
  });

  it('the challenge of a code cannot be renewed, neither before nor after it was answered', async () => {
    const { challenge, code } = await tempid.mintCode({ purpose: 'login' });
    await expect(tempid.renew(challenge.value, { purpose: 'login' })).rejects.toThrow(
      TempIDScopeError,
    );
    jest.spyOn(MemoryTempIDStore.prototype, 'revoke').mockRejectedValueOnce(new Error('away'));
    const answered = await tempid.verifyCodeOrThrow(challenge, code, { purpose: 'login' });
    await expect(tempid.renew(answered)).rejects.toThrow('is the challenge of a code');
  });

  it('a token that nothing counts cannot be renewed', async () => {
    const secret = 'a secret of 32 bytes of a service';
    const key = createSecretKey(Buffer.from(secret));
    const reading = createService({
      formats: [jws({ keys: [{ kid: 'k', secret }] })],
      accept: ['jws'],
    });
    const value = await new SignJWT()
      .setProtectedHeader({ alg: 'HS256', kid: 'k', typ: 'JWT' })
      .setExpirationTime('1h')
      .sign(key);
    expect(await reading.verify(value)).not.toBeNull();
    await expect(reading.renew(value)).rejects.toThrow('Nothing in the token counts its uses');
  });

  it('options that are wrong end no token', async () => {
    const token = await tempid.mint({ purpose: 'invite' });
    for (const options of [
      { format: 'v2' },
      { format: 'v1' },
      { expiresIn: '0s' },
      { expiresAt: new Date(0) },
      { expiresIn: '31d' },
      { expiresIn: '1h', expiresAt: new Date(Date.now() + MINUTE) },
      { maxUses: 7 },
    ]) {
      const renewing = tempid.renew(token, options as object);
      await expect(renewing).rejects.toThrow(TempIDConfigurationError);
    }
    expect(await tempid.use(token)).toBe(true);
  });

  it('the new token has the format that is named, or that of the module', async () => {
    const accept = ['v3', 'v2', 'jws'] as const;
    const service = createService({ formats: [jws()], accept });
    const v2 = await service.mint({ format: 'v2', maxUses: 3, payload: { team: 7 } });
    const v3 = await service.renew(v2);
    expect(v3.value).toMatch(/^TEMP-V3\./);
    const jwt = await service.renew(v3.value, { format: 'jws' });
    expect(jwt).toMatchObject({ maxUses: 3, payload: { team: 7 } });
    expect(jwt.value).toMatch(/^eyJ/);
    expect(await useUp(service, jwt)).toBe(3);
  });
});

describe('a renewal beside others', () => {
  it('of 50 renewals at once exactly one succeeds, and the others find the token revoked', async () => {
    const tempid = createService();
    const old = await tempid.mint({ purpose: 'invite', maxUses: 4 });
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => tempid.renew(old)));
    const errors = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(errors).toHaveLength(49);
    for (const error of errors) expect(error).toBeInstanceOf(TempIDRevokedError);
  });

  it.each([1, 7, 40])(
    'of %d uses beside renewals none is won and none is lost',
    async (maxUses) => {
      const tempid = createService({}, new SlowStore());
      const old = await tempid.mint({ maxUses });
      const successors: TempID<unknown>[] = [];
      const renew = async (token: TempID<unknown>): Promise<number> => {
        const next = await tempid.renew(token).catch(() => null);
        if (next) successors.push(next);
        return 0;
      };
      const use = async (token: TempID<unknown>) => Number(await tempid.use(token));
      const counts = await Promise.all(
        Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? renew(old) : use(old))),
      );
      const [next, ...others] = successors;
      expect(others).toEqual([]);
      const before = counts.reduce((sum, each) => sum + each, 0);
      expect(before + (next ? await useUp(tempid, next) : 0)).toBe(maxUses);
    },
  );

  it('a revocation of the subject or the purpose, before, during or after a renewal, ends the new token', async () => {
    for (let round = 0; round < 40; round++) {
      const tempid = createService({}, new SlowStore());
      const old = await tempid.mint({ purpose: 'session', subject: 'ada', maxUses: 3 });
      const turns = async () => {
        for (let turn = 0; turn < round / 2; turn++) await Promise.resolve();
        await (round % 2
          ? tempid.revokePurpose('session')
          : tempid.revokeSubject({ subject: 'ada' }));
      };
      const [next] = await Promise.all([tempid.renew(old).catch(() => null), turns()]);
      const works = await Promise.all(
        [old, ...(next ? [next] : [])].map((each) => tempid.use(each)),
      );
      expect(works).not.toContain(true);
    }
  });

  it('a token that replaces others, within the same millisecond as the renewal, ends the new token', async () => {
    setClock(NOW);
    const tempid = createService();
    const scope = { purpose: 'session', subject: 'ada' };
    const old = await tempid.mint(scope);
    const next = await tempid.renew(old);
    const other = await tempid.mint({ ...scope, replace: true });
    expect(await tempid.use(next)).toBe(false);
    expect(await tempid.use(other)).toBe(true);
  });

  it('a token that replaces one of its own millisecond ends what that is renewed to meanwhile', async () => {
    setClock(NOW);
    const store = new MemoryTempIDStore();
    const tempid = createService({}, store);
    const scope = { purpose: 'session', subject: 'ada' };
    const old = await tempid.mint(scope);
    const renewed: TempID<unknown>[] = [];
    const { revokeScope } = store;
    store.revokeScope = async (...given) => {
      setClock(NOW + MINUTE);
      renewed.push(await tempid.renew(old));
      await revokeScope.call(store, ...given);
    };
    const other = await tempid.mint({ ...scope, replace: true });
    expect(renewed).toHaveLength(1);
    expect(await Promise.all([old, ...renewed, other].map((token) => tempid.use(token)))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('a token that was revoked within the millisecond of its issuance cannot be renewed', async () => {
    setClock(NOW);
    const tempid = createService();
    const old = await tempid.mint({ subject: 'ada' });
    await tempid.revokeSubject({ subject: 'ada' });
    await expect(tempid.renew(old)).rejects.toThrow(TempIDRevokedError);
  });

  it('a token that replaced others can be renewed, and the new one works', async () => {
    const tempid = createService();
    const scope = { purpose: 'session', subject: 'ada' };
    const first = await tempid.mint(scope);
    const old = await tempid.mint({ ...scope, replace: true });
    const next = await tempid.renew(old);
    expect(await Promise.all([first, old, next].map((token) => tempid.use(token)))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('a revocation of another subject ends neither', async () => {
    const tempid = createService();
    const old = await tempid.mint({ purpose: 'session', subject: 'ada' });
    await tempid.revokeSubject({ subject: 'eve' });
    const next = await tempid.renew(old);
    expect(await tempid.use(next)).toBe(true);
  });
});

describe('the life of a token and all that follow it', () => {
  it('renewals lead no further than maxLifetime after the first token was issued', async () => {
    const tempid = createService({ maxLifetime: '10h' });
    setClock(NOW);
    let token = await tempid.mint({ purpose: 'session', expiresIn: '4h' });
    const end = Math.floor(NOW / 1_000) * 1_000 + 10 * 60 * MINUTE;
    for (const hours of [3, 6, 9]) {
      setClock(NOW + hours * 60 * MINUTE);
      token = await tempid.renew(token, { expiresIn: '4h' });
      expect(token.expiresAt.getTime()).toBeLessThanOrEqual(end);
    }
    expect(token.expiresAt.getTime()).toBe(end);
    expect(token.issuedAt?.getTime()).toBe(NOW + 3);
    setClock(end);
    await expect(tempid.renew(token)).rejects.toThrow(TempIDExpiredError);
  });

  it('a token that is renewed all the time does not run ahead of the clock', async () => {
    const tempid = createService();
    let token = await tempid.mint({ subject: 'ada' });
    for (let time = 0; time < 100; time++) token = await tempid.renew(token);
    expect(Number(token.issuedAt)).toBeLessThanOrEqual(Date.now() + 11);
    await tempid.revokeSubject({ subject: 'ada' });
    expect(await tempid.use(token)).toBe(false);
  });

  it('a token of no scope lives on as often as it is renewed', async () => {
    const tempid = createService({ maxLifetime: '1h' });
    setClock(NOW);
    const token = await tempid.mint({ expiresIn: '2h' });
    setClock(NOW + 100 * MINUTE);
    const next = await tempid.renew(token, { expiresIn: '2h' });
    expect(next.expiresAt.getTime()).toBeGreaterThan(NOW + 200 * MINUTE);
  });
});

describe('a store and renewals', () => {
  it('a store that cannot end a token between two uses renews nothing', async () => {
    class PlainStore extends TempIDStore {
      override consume = async () => ({ allowed: true, used: 1 });
      override used = async () => 0;
      override async refund() {}
      override async revoke() {}
      override purgeExpired = async () => 0;
    }
    const tempid = createService({}, new PlainStore());
    const renewing = tempid.renew(await tempid.mint({ maxUses: 1 }));
    await expect(renewing).rejects.toThrow(TempIDConfigurationError);
    await expect(renewing).rejects.toThrow('PlainStore changes no counts');
  });

  it('a use that comes between is counted, and the renewal tried again', async () => {
    const store = new MemoryTempIDStore();
    const tempid = createService({}, store);
    const old = await tempid.mint({ maxUses: 5 });
    const revokeIfUsed = jest.spyOn(store, 'revokeIfUsed');
    revokeIfUsed.mockImplementationOnce(async (...args) => {
      await tempid.use(old);
      return MemoryTempIDStore.prototype.revokeIfUsed.apply(store, args);
    });
    expect((await tempid.renew(old)).maxUses).toBe(4);
    expect(revokeIfUsed.mock.calls.map(([, used]) => used)).toEqual([0, 1]);
  });

  it('a token that is used all the while is not renewed, and has not ended', async () => {
    const store = new MemoryTempIDStore();
    const tempid = createService({}, store);
    const old = await tempid.mint({ maxUses: 5 });
    jest.spyOn(store, 'revokeIfUsed').mockResolvedValue(false);
    await expect(tempid.renew(old)).rejects.toThrow(TempIDStoreUnavailableError);
    expect(await useUp(tempid, old)).toBe(5);
  });

  it.each([null, undefined, 1, 'yes'])('the answer %p of a store ends no token', async (answer) => {
    const store = new MemoryTempIDStore();
    const tempid = createService({}, store);
    const old = await tempid.mint({ maxUses: 1 });
    jest.spyOn(store, 'revokeIfUsed').mockResolvedValue(answer as unknown as boolean);
    await expect(tempid.renew(old)).rejects.toThrow(TempIDStoreUnavailableError);
  });

  it('where the answer of the store is lost, the old token has ended and there is no new one', async () => {
    const store = new MemoryTempIDStore();
    const tempid = createService({}, store);
    const old = await tempid.mint({ maxUses: 3 });
    jest.spyOn(store, 'revokeIfUsed').mockImplementationOnce(async (id, _, keepUntil) => {
      await store.revoke(id, keepUntil);
      throw new Error('the connection was closed');
    });
    await expect(tempid.renew(old)).rejects.toThrow(TempIDStoreUnavailableError);
    expect(await store.used(old.id)).toBe(REVOKED_COUNT);
    await expect(tempid.renew(old)).rejects.toThrow(TempIDRevokedError);
  });

  it('with revocation always, a process sees at once that its token was renewed', async () => {
    const tempid = createService({ revocation: 'always', revocationCacheTtl: '1h' });
    const { value } = await tempid.mint({ maxUses: 1 });
    expect(await tempid.verify(value)).not.toBeNull();
    await tempid.renew(value);
    expect(await tempid.verify(value)).toBeNull();
  });
});

/** Answers in a later turn, and in another order than it was asked. */
class SlowStore extends MemoryTempIDStore {
  private asked = 0;

  override async consume(...args: Parameters<MemoryTempIDStore['consume']>) {
    await this.wait();
    return super.consume(...args);
  }

  override async used(...args: Parameters<MemoryTempIDStore['used']>) {
    await this.wait();
    const used = await super.used(...args);
    await this.wait();
    return used;
  }

  override async revokeIfUsed(...args: Parameters<MemoryTempIDStore['revokeIfUsed']>) {
    await this.wait();
    return super.revokeIfUsed(...args);
  }

  private async wait(): Promise<void> {
    for (let turns = this.asked++ % 5; turns >= 0; turns--) await new Promise(setImmediate);
  }
}

import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { startPrivate } from '../../scripts/services/index.mjs';
import { REVOKED_COUNT } from '../../src/index.js';
import { RedisTempIDStore } from '../../src/stores/redis/index.js';
import { CONSUME, READ } from '../../src/stores/redis/scripts.js';
import type { OpenedStore } from '../../src/testing/index.js';
import { concurrently, newId } from '../../src/testing/support.js';
import { type FullStore, openStore } from '../support/open-store.js';
import { describeWith } from '../support/services.js';
import { ask, describeServers, started } from './redis/server.js';

const moment = Date.now();
const hours = (count: number) => new Date(moment + count * 3_600_000);
const REFUSED = { allowed: false, used: REVOKED_COUNT };

/** Milliseconds for which something is kept: less of an hour the longer the tests have run. */
const A_TIME: unknown = expect.stringMatching(/^\d{6,7}$/);
const NOW: unknown = expect.stringMatching(/^\d{13}$/);

describeWith(process.env['TEST_REDIS_URL'], 'what RedisTempIDStore revokes of a scope', (url) => {
  let client: Redis;
  let opened: OpenedStore<FullStore>;
  let store: FullStore;

  beforeAll(async () => {
    client = new Redis(url);
    opened = await openStore(RedisTempIDStore.register({ client }));
    store = opened.store;
  });

  afterEach(() => void jest.restoreAllMocks());

  afterAll(async () => {
    await opened.close();
    await client.quit();
  });

  const revoke = (scope: string, issuedUntil: number, keepUntil = hours(1), except?: string) =>
    store.revokeScope(scope, { issuedUntil, except: except ?? null }, keepUntil);
  const issuanceOf = (...scopes: string[]) => ({ issuance: { at: moment, scopes } });
  const valueOf = (scope: string) => client.get(`tempid:group:${scope}`);
  const expiryOf = (scope: string) => client.pexpiretime(`tempid:group:${scope}`);
  /** Redis counts the time from when it is told, so it may be a moment late, and is never early. */
  const expectKept = async (scope: string, until: Date) => {
    const late = (await expiryOf(scope)) - until.getTime();
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(60_000);
  };

  it('a revocation is a text at tempid:group:<id>, which Redis forgets at its time', async () => {
    const [scope, id] = [newId(), newId()];
    await revoke(scope, moment);
    expect(await valueOf(scope)).toBe(`${moment}`);
    await expectKept(scope, hours(1));
    await revoke(scope, moment, hours(2), id);
    expect(await valueOf(scope)).toBe(`${moment}:${id}`);
    await expectKept(scope, hours(2));
  });

  it('a revocation is kept until the latest moment of all revocations of its scope', async () => {
    const scope = newId();
    await revoke(scope, moment, hours(2));
    await revoke(scope, moment + 1, hours(1));
    expect(await valueOf(scope)).toBe(`${moment + 1}`);
    await expectKept(scope, hours(2));
    await revoke(scope, moment - 1, hours(3));
    expect(await valueOf(scope)).toBe(`${moment + 1}`);
    await expectKept(scope, hours(3));
    await revoke(scope, moment - 1, hours(1));
    await revoke(scope, moment + 1, new Date(1_000));
    expect(await valueOf(scope)).toBe(`${moment + 1}`);
    await expectKept(scope, hours(3));
  });

  it('revokeScope rejects where the time of the revocation is over', async () => {
    const scope = newId();
    await expect(revoke(scope, moment, new Date(1_000))).rejects.toThrow('kept nothing');
    expect(await valueOf(scope)).toBeNull();
  });

  it('of many concurrent revocations the latest moment and the longest time are kept', async () => {
    const scope = newId();
    const moments = Array.from({ length: 200 }, () => moment + Math.floor(Math.random() * 1_000));
    const times = moments.map(() => hours(1 + Math.random()));
    await concurrently(200, (index) => revoke(scope, moments[index] ?? 0, times[index]));
    expect(await valueOf(scope)).toBe(`${Math.max(...moments)}`);
    await expectKept(scope, new Date(Math.max(...times.map(Number))));
  });

  it('revocations are asked for together with the count, by one script', async () => {
    const [id, options] = [newId(), issuanceOf(newId(), newId(), newId())];
    const [first, second, third] = options.issuance.scopes;
    await store.consume(id, 3, hours(1), options);
    await store.used(id, options);
    const sent = jest.spyOn(client, 'sendCommand');
    await store.consume(id, 3, hours(1), options);
    await store.used(id, options);
    const keys = [id, `group:${first}`, `group:${second}`, `group:${third}`];
    const commands = sent.mock.calls.map(([{ name, args }]) => [
      name,
      ...args.slice(1).map(String),
    ]);
    const names = keys.map((key) => `tempid:${key}`);
    expect(commands).toEqual([
      ['evalsha', '4', ...names, A_TIME, '3', '', NOW, `${moment}`, id],
      ['evalsha', '4', ...names, `${moment}`, id],
    ]);
  });

  it('a use of a token without scopes asks for no revocation', async () => {
    const id = newId();
    await store.consume(id, 3, hours(1));
    await store.used(id);
    const sent = jest.spyOn(client, 'sendCommand');
    for (const options of [undefined, {}, issuanceOf()]) {
      await store.consume(id, 9, hours(1), options);
      await store.used(id, options);
    }
    const commands = sent.mock.calls.map(([{ name, args }]) => [name, ...args.map(String)]);
    const both = [
      ['evalsha', CONSUME.sha1, '1', `tempid:${id}`, A_TIME, '9', '', NOW],
      ['evalsha', READ.sha1, '1', `tempid:${id}`],
    ];
    expect(commands).toEqual([...both, ...both, ...both]);
  });

  it('a use is not allowed where the key of a revocation holds anything else', async () => {
    for (const value of ['', ':', 'later', `:${newId()}`]) {
      const [id, scope] = [newId(), newId()];
      await client.set(`tempid:group:${scope}`, value, 'PX', 60_000);
      await expect(store.consume(id, 1, hours(1), issuanceOf(scope))).rejects.toThrow(
        'attempt to compare',
      );
      await expect(store.used(id, issuanceOf(scope))).rejects.toThrow('attempt to compare');
      await expect(revoke(scope, moment)).rejects.toThrow('attempt to compare');
      expect(await store.used(id)).toBe(0);
    }
  });

  it('a revocation is kept under the prefixes of the store and of its client', async () => {
    const prefixed = new Redis(url, { keyPrefix: 'app:' });
    const other = await openStore(
      RedisTempIDStore.register({ client: prefixed, keyPrefix: 'links:' }),
    );
    const scope = newId();
    await other.store.revokeScope(scope, { issuedUntil: moment, except: null }, hours(1));
    expect(await client.get(`app:links:group:${scope}`)).toBe(`${moment}`);
    expect(await other.store.consume(newId(), 1, hours(1), issuanceOf(scope))).toEqual(REFUSED);
    expect((await store.consume(newId(), 1, hours(1), issuanceOf(scope))).allowed).toBe(true);
    await other.close();
    await prefixed.quit();
  });
});

describeServers('what RedisTempIDStore revokes of a scope on a server of its own', () => {
  const server = started(() => startPrivate('redis'));

  it('a revocation is kept and read where the server has forgotten the scripts', async () => {
    const { store, close } = await openStore(RedisTempIDStore.register({ url: server().url }));
    const [scope, other, id] = [newId(), newId(), newId()];
    const flush = () => ask(server().url, 'SCRIPT', 'FLUSH');
    const consume = (...scopes: string[]) =>
      store.consume(id, 2, hours(1), { issuance: { at: moment, scopes } });
    const used = (...scopes: string[]) => store.used(id, { issuance: { at: moment, scopes } });
    await flush();
    await store.revokeScope(scope, { issuedUntil: moment, except: null }, hours(1));
    await flush();
    expect(await consume(other)).toEqual({ allowed: true, used: 1 });
    await flush();
    expect(await consume(other, scope)).toEqual(REFUSED);
    await flush();
    expect(await used(other)).toBe(1);
    await flush();
    expect(await used(other, scope)).toBe(REVOKED_COUNT);
    await close();
  });
});

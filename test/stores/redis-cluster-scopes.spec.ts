import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Cluster } from 'ioredis';
import { startPrivate } from '../../scripts/services/index.mjs';
import { REVOKED_COUNT } from '../../src/index.js';
import { newId } from '../../src/testing/support.js';
import { type OpenedService, openService } from './redis/open-service.js';
import { ask, describeServers, started } from './redis/server.js';
import { moveSlot, ownerOf, slotOf } from './redis/slots.js';
import { until } from './redis/until.js';

const moment = Date.now();
const soon = new Date(moment + 3_600_000);
const REFUSED = { allowed: false, used: REVOKED_COUNT };

describeServers('what RedisTempIDStore revokes of a scope on a cluster', () => {
  const servers = started(() => startPrivate('redisCluster'));
  const nodes = () => servers().url.split(',');
  let opened: OpenedService;

  beforeAll(async () => {
    opened = await openService({ cluster: { nodes: nodes() }, waitReplicas: 1 });
  });

  afterAll(() => opened.close());

  const revoke = (scope: string, issuedUntil = moment) =>
    opened.store.revokeScope(scope, { issuedUntil, except: null }, soon);
  const consume = (id: string, scopes: string[]) =>
    opened.store.consume(id, 1_000, soon, { issuance: { at: moment, scopes } });

  const urlOf = async (key: string) => {
    const [{ url }] = await ownerOf(nodes()[0] ?? '', await slotOf(nodes()[0] ?? '', key));
    return url;
  };
  /** An id whose key, with this before it, is on that server, or on another. */
  const idOn = async (url: string, prefix: string, isThere = true): Promise<string> => {
    for (;;) {
      const id = newId();
      if (((await urlOf(prefix + id)) === url) === isThere) return id;
    }
  };

  it('a revocation is a key of its own, and refuses tokens whose count is on another server', async () => {
    const [first = '', second = ''] = nodes();
    const scope = await idOn(first, 'tempid:group:');
    const id = await idOn(first, 'tempid:', false);
    await revoke(scope);
    expect(await ask(first, 'GET', `tempid:group:${scope}`)).toBe(`${moment}`);
    const kept = Number(await ask(first, 'PEXPIRETIME', `tempid:group:${scope}`));
    expect(kept - soon.getTime()).toBeGreaterThanOrEqual(0);
    expect(kept - soon.getTime()).toBeLessThan(60_000);
    for (const scopes of [[scope], [await idOn(second, 'tempid:group:'), scope, newId()]]) {
      expect(await consume(id, scopes)).toEqual(REFUSED);
    }
  });

  it('a client of one server that does not know of the cluster refuses tokens of a revoked scope', async () => {
    const [first = ''] = nodes();
    const ids = await Promise.all(times(3, () => idOn(first, 'tempid:')));
    const scopes = await Promise.all(times(3, () => idOn(first, 'tempid:group:')));
    const single = await openService({ url: first });
    const issuance = { at: moment, scopes };
    const use = (id = '') => single.store.consume(id, 2, soon, { issuance });
    expect(await use(ids[0])).toEqual({ allowed: true, used: 1 });
    expect(await use(ids[1])).toEqual({ allowed: true, used: 1 });
    await single.store.revokeScope(scopes[1] ?? '', { issuedUntil: moment, except: null }, soon);
    expect(await use(ids[0])).toEqual(REFUSED);
    expect(await use(ids[2])).toEqual(REFUSED);
    expect(await single.store.used(ids[0] ?? '', { issuance })).toBe(REVOKED_COUNT);
    expect(await single.store.used(ids[0] ?? '')).toBe(1);
    await single.close();
  });

  it('a use is not counted where the revocation of a scope cannot be read', async () => {
    const [first = ''] = nodes();
    const [id, scope] = [newId(), await idOn(first, 'tempid:group:')];
    await ask(first, 'LPUSH', `tempid:group:${scope}`, 'no revocation');
    await expect(consume(id, [newId(), scope])).rejects.toThrow('WRONGTYPE');
    expect(await opened.store.used(id)).toBe(0);
    await ask(first, 'DEL', `tempid:group:${scope}`);
    expect(await consume(id, [newId(), scope])).toEqual({ allowed: true, used: 1 });
  });

  it('a use of one who may come again stays theirs where the revocation of a scope cannot be read', async () => {
    const [first = ''] = nodes();
    const [id, scope] = [newId(), await idOn(first, 'tempid:group:')];
    const issuance = { at: moment, scopes: [scope] };
    const use = (by: string) => opened.store.consume(id, 1, soon, { issuance, by, repeat: true });
    await ask(first, 'LPUSH', `tempid:group:${scope}`, 'no revocation');
    await expect(use('anna')).rejects.toThrow('WRONGTYPE');
    await ask(first, 'DEL', `tempid:group:${scope}`);
    expect(await use('ben')).toEqual({ allowed: false, used: 1 });
    expect(await use('anna')).toEqual({ allowed: true, used: 1, repeated: true });
  });

  it('tokens of a revoked scope are refused by servers that have forgotten the scripts', async () => {
    const scopes = [newId(), newId(), newId()];
    await revoke(scopes[2] ?? '');
    await consume(newId(), scopes);
    await Promise.all(nodes().map((url) => ask(url, 'SCRIPT', 'FLUSH')));
    expect(await consume(newId(), scopes)).toEqual(REFUSED);
    expect((await consume(newId(), scopes.slice(0, 2))).allowed).toBe(true);
  });

  it('revocations are asked for together with the count, and not for a token without scopes', async () => {
    const client = new Cluster(nodes(), { retryDelayOnFailover: 0 });
    const given = await openService({ client });
    const issuance = { at: moment, scopes: [newId(), newId(), newId()] };
    const [warm, id] = [newId(), newId()];
    for (let time = 0; time < 2; time++) await given.store.consume(warm, 9, soon, { issuance });
    const sent = jest.spyOn(client, 'sendCommand');
    const use = given.store.consume(id, 1, soon, { issuance });
    // All of them before the first answer.
    expect(sent).toHaveBeenCalledTimes(4);
    expect(await use).toEqual({ allowed: true, used: 1 });
    expect(await given.store.consume(id, 1, soon, { issuance })).toEqual({
      allowed: false,
      used: 1,
    });
    sent.mockClear();
    await given.store.consume(id, 1, soon, { issuance: { at: moment, scopes: [] } });
    expect(sent).toHaveBeenCalledTimes(1);
    await given.close();
    await client.quit();
  });

  it.each([0, 1])(
    'tokens of a revoked scope are refused and others allowed while the slot of the revocation moves, waiting for %i replicas',
    async (waitReplicas) => {
      const keyPrefix = 'tempid:{moving}:';
      const moving = await openService({ cluster: { nodes: nodes() }, keyPrefix, waitReplicas });
      const issuanceOf = (at: number) => ({ issuance: { at, scopes: [newId(), scope] } });
      const [scope, id] = [newId(), newId()];
      let issuedUntil = moment;
      let allowed = 0;
      const slot = await slotOf(nodes()[0] ?? '', keyPrefix);
      const step = async () => {
        await moving.store.revokeScope(scope, { issuedUntil, except: null }, soon);
        expect(await moving.store.consume(id, 99, soon, issuanceOf(issuedUntil))).toEqual(REFUSED);
        expect(await moving.store.consume(id, 99, soon, issuanceOf(++issuedUntil))).toEqual({
          allowed: true,
          used: ++allowed,
        });
      };
      await step();
      for (const _ of ['there', 'and back']) {
        const [from, to] = await ownerOf(nodes()[0] ?? '', slot);
        await moveSlot(slot, [from, to], step);
        await step();
      }
      expect(await moving.store.used(id)).toBe(allowed);
      await moving.close();
    },
  );

  describe('when a server is killed', () => {
    let there: string;
    let elsewhere: string;
    let id: string;

    beforeAll(async () => {
      const [first = ''] = nodes();
      there = await idOn(first, 'tempid:group:');
      elsewhere = await idOn(first, 'tempid:group:', false);
      id = await idOn(first, 'tempid:', false);
      await revoke(there);
      await servers().kill();
    });

    it('a token is not allowed whose revocations are on a server that is down', async () => {
      const issuance = { at: moment + 1, scopes: [elsewhere, there] };
      expect((await consume(id, [elsewhere])).allowed).toBe(true);
      const unreachable = /connect|cluster/i;
      await expect(consume(id, [elsewhere, there])).rejects.toThrow(unreachable);
      await expect(opened.store.consume(id, 1_000, soon, { issuance })).rejects.toThrow(
        unreachable,
      );
      await expect(opened.store.used(id, { issuance })).rejects.toThrow(unreachable);
      await expect(revoke(there)).rejects.toThrow(unreachable);
    });

    it('the replica that takes over refuses tokens of a revoked scope with its first answer', async () => {
      // While the cluster changes over, one answer may be followed by a connection that is closed.
      const answers = new Set<number>();
      await until(() =>
        opened.store.used(id, { issuance: { at: moment, scopes: [there] } }).then(
          (used) => answers.add(used).size > 0,
          () => false,
        ),
      );
      expect([...answers]).toEqual([REVOKED_COUNT]);
    });
  });
});

function times<R>(count: number, make: () => R): R[] {
  return Array.from({ length: count }, make);
}

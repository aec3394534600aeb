import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Cluster } from 'ioredis';
import { startPrivate } from '../../scripts/services/index.mjs';
import { REVOKED_COUNT } from '../../src/index.js';
import { newId } from '../../src/testing/new-id.js';
import { type OpenedService, openService } from './redis/open-service.js';
import { ask, describeServers, started } from './redis/server.js';
import { moveSlot, ownerOf, slotOf } from './redis/slots.js';
import { until } from './redis/until.js';

const moment = Date.now();
const soon = new Date(moment + 3_600_000);
const REFUSED = { allowed: false, used: REVOKED_COUNT };

describeServers('what RedisTempIDStore revokes of a group on a cluster', () => {
  const servers = started(() => startPrivate('redisCluster'));
  const nodes = () => servers().url.split(',');
  let opened: OpenedService;

  beforeAll(async () => {
    opened = await openService({ cluster: { nodes: nodes() }, waitReplicas: 1 });
  });

  afterAll(() => opened.close());

  const revoke = (group: string, issuedUntil = moment) =>
    opened.store.revokeGroup(group, { issuedUntil, except: null }, soon);
  const consume = (id: string, groups: string[]) =>
    opened.store.consume(id, 1_000, soon, { issue: { at: moment, groups } });

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

  it('is at a key of its own, on any of the servers', async () => {
    const [first = '', second = ''] = nodes();
    const group = await idOn(first, 'tempid:group:');
    const id = await idOn(first, 'tempid:', false);
    await revoke(group);
    expect(await ask(first, 'GET', `tempid:group:${group}`)).toBe(`${moment}`);
    const kept = Number(await ask(first, 'PEXPIRETIME', `tempid:group:${group}`));
    expect(kept - soon.getTime()).toBeGreaterThanOrEqual(0);
    expect(kept - soon.getTime()).toBeLessThan(60_000);
    for (const groups of [[group], [await idOn(second, 'tempid:group:'), group, newId()]]) {
      expect(await consume(id, groups)).toEqual(REFUSED);
    }
  });

  it('is heeded through a client of one server that does not know of the cluster', async () => {
    const [first = ''] = nodes();
    const ids = await Promise.all(times(3, () => idOn(first, 'tempid:')));
    const groups = await Promise.all(times(3, () => idOn(first, 'tempid:group:')));
    const single = await openService({ url: first });
    const issue = { at: moment, groups };
    const use = (id = '') => single.store.consume(id, 2, soon, { issue });
    expect(await use(ids[0])).toEqual({ allowed: true, used: 1 });
    expect(await use(ids[1])).toEqual({ allowed: true, used: 1 });
    await single.store.revokeGroup(groups[1] ?? '', { issuedUntil: moment, except: null }, soon);
    expect(await use(ids[0])).toEqual(REFUSED);
    expect(await use(ids[2])).toEqual(REFUSED);
    expect(await single.store.used(ids[0] ?? '', { issue })).toBe(REVOKED_COUNT);
    expect(await single.store.used(ids[0] ?? '')).toBe(1);
    await single.close();
  });

  it('costs no use where it cannot be read', async () => {
    const [first = ''] = nodes();
    const [id, group] = [newId(), await idOn(first, 'tempid:group:')];
    await ask(first, 'LPUSH', `tempid:group:${group}`, 'no revocation');
    await expect(consume(id, [newId(), group])).rejects.toThrow('WRONGTYPE');
    expect(await opened.store.used(id)).toBe(0);
    await ask(first, 'DEL', `tempid:group:${group}`);
    expect(await consume(id, [newId(), group])).toEqual({ allowed: true, used: 1 });
  });

  it('is heeded by servers that have forgotten the scripts', async () => {
    const groups = [newId(), newId(), newId()];
    await revoke(groups[2] ?? '');
    await consume(newId(), groups);
    await Promise.all(nodes().map((url) => ask(url, 'SCRIPT', 'FLUSH')));
    expect(await consume(newId(), groups)).toEqual(REFUSED);
    expect((await consume(newId(), groups.slice(0, 2))).allowed).toBe(true);
  });

  it('is asked for together with the count, and by no token without groups', async () => {
    const client = new Cluster(nodes(), { retryDelayOnFailover: 0 });
    const given = await openService({ client });
    const issue = { at: moment, groups: [newId(), newId(), newId()] };
    const [warm, id] = [newId(), newId()];
    for (let time = 0; time < 2; time++) await given.store.consume(warm, 9, soon, { issue });
    const sent = jest.spyOn(client, 'sendCommand');
    const use = given.store.consume(id, 1, soon, { issue });
    // All of them before the first answer.
    expect(sent).toHaveBeenCalledTimes(4);
    expect(await use).toEqual({ allowed: true, used: 1 });
    expect(await given.store.consume(id, 1, soon, { issue })).toEqual({ allowed: false, used: 1 });
    sent.mockClear();
    await given.store.consume(id, 1, soon, { issue: { at: moment, groups: [] } });
    expect(sent).toHaveBeenCalledTimes(1);
    await given.close();
    await client.quit();
  });

  it.each([0, 1])(
    'is heeded while its slot moves, waiting for %i replicas',
    async (waitReplicas) => {
      const keyPrefix = 'tempid:{moving}:';
      const moving = await openService({ cluster: { nodes: nodes() }, keyPrefix, waitReplicas });
      const issueOf = (at: number) => ({ issue: { at, groups: [newId(), group] } });
      const [group, id] = [newId(), newId()];
      let issuedUntil = moment;
      let allowed = 0;
      const slot = await slotOf(nodes()[0] ?? '', keyPrefix);
      const step = async () => {
        await moving.store.revokeGroup(group, { issuedUntil, except: null }, soon);
        expect(await moving.store.consume(id, 99, soon, issueOf(issuedUntil))).toEqual(REFUSED);
        expect(await moving.store.consume(id, 99, soon, issueOf(++issuedUntil))).toEqual({
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

    it('lets no token through whose groups it has', async () => {
      const issue = { at: moment + 1, groups: [elsewhere, there] };
      expect((await consume(id, [elsewhere])).allowed).toBe(true);
      const unreachable = /connect|cluster/i;
      await expect(consume(id, [elsewhere, there])).rejects.toThrow(unreachable);
      await expect(opened.store.consume(id, 1_000, soon, { issue })).rejects.toThrow(unreachable);
      await expect(opened.store.used(id, { issue })).rejects.toThrow(unreachable);
      await expect(revoke(there)).rejects.toThrow(unreachable);
    });

    it('is heeded by the replica that takes over', async () => {
      const used = () => opened.store.used(id, { issue: { at: moment, groups: [there] } });
      await until(() => used().then(Boolean, () => false));
      expect(await used()).toBe(REVOKED_COUNT);
    });
  });
});

function times<R>(count: number, make: () => R): R[] {
  return Array.from({ length: count }, make);
}

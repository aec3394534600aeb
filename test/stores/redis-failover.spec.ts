import { describe, expect, it } from '@jest/globals';
import {
  type RedisSentinels,
  startPrivate,
  startRedisSentinels,
} from '../../scripts/services/index.mjs';
import { REVOKED_COUNT } from '../../src/index.js';
import { RedisTempIDStore } from '../../src/stores/redis/index.js';
import { scopesContract } from '../../src/testing/index.js';
import { newId } from '../../src/testing/support.js';
import { openStore } from '../support/open-store.js';
import { Load } from './redis/load.js';
import { openService } from './redis/open-service.js';
import { ask, describeServers, halt, isPrimary, started } from './redis/server.js';
import { until } from './redis/until.js';

const TOKENS = 150;
const LIMITS = [1, 50, 255];

const addressOf = ({ sentinels, name }: RedisSentinels) => ({ redis: { sentinels, name } });

/** Waits until the replica is the primary, and gives it a replica of its own. */
async function succeed({ replica }: RedisSentinels) {
  await until(() => isPrimary(replica.url));
  return startPrivate('redis', { replicaOf: replica.url });
}

/** No token was used too often, and the new primary knows of each use that was allowed. */
async function expectExact(load: Load, url: string): Promise<void> {
  const keys = load.tallies.map(({ token }) => `tempid:${token.id}`);
  const counts = (await ask(url, 'MGET', ...keys)) as (string | null)[];
  for (const [index, { token, allowed }] of load.tallies.entries()) {
    expect(allowed).toBeLessThanOrEqual(token.maxUses);
    expect(Number(counts[index])).toBeGreaterThanOrEqual(allowed);
  }
}

/** Two, since the sentinels wait some seconds between two failovers. */
async function startTwo() {
  const [first, second] = await Promise.all([startRedisSentinels(), startRedisSentinels()]);
  return {
    first,
    second,
    stop: async () => void (await Promise.all([first.stop(), second.stop()])),
  };
}

describeServers('RedisTempIDStore behind sentinels', () => {
  const servers = started(startTwo);

  describe('keeps the contract of stores that have scopes:', () => {
    scopesContract(() => openStore(RedisTempIDStore.register(addressOf(servers().first))));
  });

  it('no use that a replica has confirmed is lost or counted twice when the primary is killed', async () => {
    const { primary, replica } = servers().first;
    const opened = await openService({ ...addressOf(servers().first), waitReplicas: 1 }, '1s');
    const careless = await openService(addressOf(servers().first));
    const load = await Load.of(opened.service, TOKENS, LIMITS);
    await load.progress(2_000);
    const issuance = { at: Date.now(), scopes: [newId()] };
    const revocation = { issuedUntil: issuance.at, except: null };
    await opened.store.revokeScope(
      issuance.scopes[0] ?? '',
      revocation,
      new Date(issuance.at + 60_000),
    );

    // What the primary writes from here on, it alone knows: a use on it that waits for nobody is lost with it.
    const wake = await halt(replica.url);
    await ask(primary.url, 'CLIENT', 'KILL', 'TYPE', 'replica');
    const control = await careless.service.mint({ maxUses: 1 });
    expect(await careless.service.use(control)).toBe(true);
    await until(() => load.lost > 0);
    await primary.kill();
    wake();

    // More than at the kill: a new replica that is slow to report may come after the last use that there is.
    const progress = load.progress(500);
    const successor = await succeed(servers().first);
    await progress;
    await load.stop();
    await expectExact(load, replica.url);
    expect(await careless.service.use(control)).toBe(true);
    expect(await opened.store.used(newId(), { issuance })).toBe(REVOKED_COUNT);

    await opened.close();
    await careless.close();
    await successor.stop();
  });

  it('a silent primary is left for the replica that takes over, which has every allowed use', async () => {
    const { primary, replica } = servers().second;
    const opened = await openService({ ...addressOf(servers().second), waitReplicas: 1 }, '1s');
    const load = await Load.of(opened.service, TOKENS, LIMITS);
    await load.progress(2_000);
    const wake = await halt(primary.url);

    const progress = load.progress(500);
    const successor = await succeed(servers().second);
    await progress;
    wake();
    await load.stop();
    expect(load.lost).toBeGreaterThan(0);
    await expectExact(load, replica.url);

    await opened.close();
    await successor.stop();
  });
});

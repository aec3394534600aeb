import { expect, it } from '@jest/globals';
import {
  type RedisSentinels,
  startPrivate,
  startRedisSentinels,
} from '../../scripts/services/index.mjs';
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
  for (const { token, allowed } of load.tallies) {
    expect(allowed).toBeLessThanOrEqual(token.maxUses);
    expect(Number(await ask(url, 'GET', `tempid:${token.id}`))).toBeGreaterThanOrEqual(allowed);
  }
}

describeServers('RedisTempIDStore whose primary is killed', () => {
  const servers = started(startRedisSentinels);

  it('counts no use twice when it waits for the replica, which takes over', async () => {
    const { primary, replica } = servers();
    const opened = await openService({ ...addressOf(servers()), waitReplicas: 1 }, '1s');
    const careless = await openService(addressOf(servers()));
    const load = await Load.of(opened.service, TOKENS, LIMITS);
    await load.progress(2_000);

    // What the primary writes from here on, it alone knows: a use on it that waits for nobody is lost with it.
    const wake = await halt(replica.url);
    await ask(primary.url, 'CLIENT', 'KILL', 'TYPE', 'replica');
    const control = await careless.service.mint({ maxUses: 1 });
    expect(await careless.service.use(control)).toBe(true);
    await until(() => load.lost > 0);
    await primary.kill();
    wake();

    const successor = await succeed(servers());
    await load.progress(500);
    await load.stop();
    expect(load.lost).toBeGreaterThan(0);
    await expectExact(load, replica.url);
    expect(await careless.service.use(control)).toBe(true);

    await opened.close();
    await careless.close();
    await successor.stop();
  });
});

describeServers('RedisTempIDStore whose primary is silent', () => {
  const servers = started(startRedisSentinels);

  it('leaves it for the replica that takes over, and counts no use twice', async () => {
    const { primary, replica } = servers();
    const opened = await openService({ ...addressOf(servers()), waitReplicas: 1 }, '1s');
    const load = await Load.of(opened.service, TOKENS, LIMITS);
    await load.progress(2_000);
    const wake = await halt(primary.url);

    const successor = await succeed(servers());
    await load.progress(500);
    wake();
    await load.stop();
    expect(load.lost).toBeGreaterThan(0);
    await expectExact(load, replica.url);

    await opened.close();
    await successor.stop();
  });
});

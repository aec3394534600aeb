import { Logger } from '@nestjs/common';
import { afterEach, expect, it, jest } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { startPrivate } from '../../scripts/services/index.mjs';
import { RedisTempIDStore, type RedisTempIDStoreOptions } from '../../src/stores/redis/index.js';
import { newId } from '../../src/testing/support.js';
import { openStore } from '../support/open-store.js';
import { createService } from '../support/service.js';
import { describeWith } from '../support/services.js';
import { ask, describeServers, started } from './redis/server.js';
import { until } from './redis/until.js';

const HOUR = 3_600_000;

afterEach(() => {
  jest.restoreAllMocks();
});

/** The server is ahead of us by as much as we are behind it. */
function setOurClockBack(milliseconds: number): void {
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() - milliseconds);
}

/** Opens a store, and gives what was warned of until a use was answered and `isTold` says that it is all. */
async function warningsOf(
  options: RedisTempIDStoreOptions,
  isTold: (warnings: readonly string[]) => boolean,
): Promise<string[]> {
  const warnings: string[] = [];
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((message: unknown) => {
    warnings.push(String(message));
  });
  const { store, close } = await openStore(RedisTempIDStore.register(options));
  await store.used('nobody');
  await until(() => isTold(warnings));
  await close();
  return warnings;
}

describeServers('A Redis whose clock is hours ahead', () => {
  const server = started(() => startPrivate('redis'));

  it.each([2, 30 * 24])(
    'a Redis whose clock is ahead counts and revokes, and keeps a count for the whole time (%i hours)',
    async (hours) => {
      setOurClockBack(hours * HOUR);
      const { store, close } = await openStore(RedisTempIDStore.register({ url: server().url }));
      const tempid = createService({}, store);
      const once = await tempid.mint({ maxUses: 1, expiresIn: '15m' });
      expect([await tempid.use(once), await tempid.use(once)]).toEqual([true, false]);
      for (const maxUses of [0, 5]) {
        const token = await tempid.mint({ maxUses, expiresIn: '15m' });
        await tempid.revoke(token);
        expect(await tempid.use(token)).toBe(false);
        expect(await tempid.verify(token.value, { checkUses: true })).toBeNull();
      }
      const [purpose, subject] = ['login', newId()];
      const ofSubject = await tempid.mint({ purpose, subject, expiresIn: '15m' });
      await tempid.revokeSubject({ purpose, subject });
      expect(await tempid.use(ofSubject, { purpose })).toBe(false);
      const { code, challenge } = await tempid.mintCode({ purpose, subject });
      expect(await tempid.verifyCode(challenge, code, { purpose })).not.toBeNull();
      await close();
    },
  );

  it('the start warns of a Redis whose clock is ahead, with the difference', async () => {
    setOurClockBack(2 * HOUR + 1_000);
    expect(await warningsOf({ url: server().url }, ({ length }) => length > 0)).toEqual([
      expect.stringMatching(
        /^The clock of Redis is 2h \dm ahead of that of this process\. .*set forward/,
      ),
    ]);
  });

  it('the start warns of a Redis whose clock is behind, through a client of the application', async () => {
    setOurClockBack(-30 * 60_000);
    const client = new Redis(server().url, { autoResendUnfulfilledCommands: false });
    const warnings = await warningsOf({ client }, ({ length }) => length > 0);
    expect(warnings).toEqual([
      expect.stringMatching(/^The clock of Redis is 30m \d+s behind that/),
    ]);
    await client.quit();
  });

  it('a Redis whose clock is ahead and that was away at the start is warned of when it is reached', async () => {
    setOurClockBack(2 * HOUR);
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    await server().kill();
    const { close } = await openStore(RedisTempIDStore.register({ url: server().url }));
    expect(warn).not.toHaveBeenCalled();
    await server().restart();
    await until(() => warn.mock.calls.length > 0);
    expect(String(warn.mock.calls[0])).toContain('The clock of Redis is');
    await close();
  });
});

describeServers('A Redis that forgets', () => {
  const server = started(() => startPrivate('redis'));
  const set = (name: string, value: string) => ask(server().url, 'CONFIG', 'SET', name, value);

  it.each(['allkeys-lru', 'volatile-lru', 'volatile-ttl'])(
    'the start warns of a Redis that evicts keys, and names the right setting: maxmemory-policy %s',
    async (policy) => {
      await set('maxmemory-policy', policy);
      await set('maxmemory', '100mb');
      const warnings = await warningsOf({ url: server().url }, ({ length }) => length > 0);
      expect(warnings).toEqual([
        expect.stringMatching(
          new RegExp(
            `may forget.*\\(maxmemory-policy ${policy}\\): set maxmemory-policy noeviction\\.$`,
          ),
        ),
      ]);
      await set('maxmemory', '0');
      await set('maxmemory-policy', 'noeviction');
    },
  );

  it('the start warns of a Redis that forgets at a restart, and names the right setting: appendonly no', async () => {
    await set('appendonly', 'no');
    const warnings = await warningsOf({ url: server().url }, ({ length }) => length > 0);
    expect(warnings).toEqual([
      expect.stringMatching(/work again: .*\(appendonly no\): set appendonly yes\.$/),
    ]);
    await set('appendonly', 'yes');
  });

  it('the start does not warn of a Redis that keeps what it is told', async () => {
    const client = new Redis(server().url, { autoResendUnfulfilledCommands: false });
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const info = jest.spyOn(client, 'info');
    const { close } = await openStore(RedisTempIDStore.register({ client }));
    await until(() => info.mock.results.length > 0);
    await Promise.all(info.mock.results.map(({ value }) => value as Promise<string>));
    await client.ping();
    expect(warn).not.toHaveBeenCalled();
    await close();
    await client.quit();
  });

  it.each([undefined, null, new Error('not here')])(
    'a client of the application without INFO counts and is not warned of: %p',
    async (answer) => {
      const client = new Redis(server().url, { autoResendUnfulfilledCommands: false });
      const tell = () => {
        if (answer instanceof Error) throw answer;
        return answer as never;
      };
      await client.ping();
      Object.assign(client, { info: tell, time: tell });
      const unhandled = jest.fn();
      process.on('unhandledRejection', unhandled);
      const { store, close } = await openStore(RedisTempIDStore.register({ client }));
      expect(await store.used('nobody')).toBe(0);
      await new Promise(setImmediate);
      process.off('unhandledRejection', unhandled);
      expect(unhandled).not.toHaveBeenCalled();
      await close();
      await client.quit();
    },
  );

  it('a store starts and reads counts without the rights for CONFIG and INFO, and warns of nothing', async () => {
    await ask(
      server().url,
      'ACL',
      'SETUSER',
      'blind',
      'on',
      '>password',
      '~*',
      '+get',
      '+eval',
      '+evalsha',
    );
    const url = new URL(server().url);
    Object.assign(url, { username: 'blind', password: 'password' });
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const { store, close } = await openStore(RedisTempIDStore.register({ url: url.href }));
    await until(() =>
      store.used('nobody').then(
        (used) => used === 0,
        () => false,
      ),
    );
    expect(warn).not.toHaveBeenCalled();
    await close();
  });
});

describeWith(process.env['TEST_REDIS_CLUSTER_URL'], 'A cluster of Redis that forgets', (urls) => {
  it('the start warns in one line of servers of a cluster that forget, through a client of the application', async () => {
    const client = new Cluster(urls.split(','), { retryDelayOnFailover: 0 });
    const warnings = await warningsOf({ client }, ({ length }) => length > 0);
    expect(warnings).toEqual([expect.stringContaining('set appendonly yes.')]);
    client.disconnect();
  });

  it('the start warns in one line of servers of a cluster that forget, through a connection of the store', async () => {
    const cluster = { nodes: urls.split(',') };
    const warnings = await warningsOf({ cluster }, ({ length }) => length > 0);
    expect(warnings).toEqual([expect.stringContaining('set appendonly yes.')]);
  });
});

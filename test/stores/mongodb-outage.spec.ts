import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TempIDStoreUnavailableError } from '../../src/index.js';
import { type App, startApp } from '../mongodb-double/app.js';
import { carryOut, MongoDBDouble } from '../mongodb-double/mongodb-double.js';
import { concurrently, newId } from '../../src/testing/support.js';

const tomorrow = new Date(Date.now() + 86_400_000);

describe('an outage of MongoDB, as its double plays it', () => {
  let double: MongoDBDouble;
  let app: App | undefined;

  const start = async (options = '', storeTimeout?: '1s') =>
    (app = await startApp({ url: double.url + options }, storeTimeout));
  const counts = () => Object.values(double.collection().counts());
  /** What the double was sent of uses. */
  const uses = () => double.received.filter(({ name }) => name === 'findAndModify');

  beforeEach(async () => {
    double = await MongoDBDouble.start();
  });

  afterEach(async () => {
    double.behave = carryOut;
    await app?.close();
    await double.end();
  });

  it('a use whose answer is cut off is counted, not allowed, and never allowed again', async () => {
    const { tempid } = await start();
    const token = await tempid.mint({ maxUses: 1 });
    double.behave = async (name, execute) => {
      const answer = await execute();
      return name === 'findAndModify' ? 'cut' : answer;
    };
    await expect(tempid.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
    expect(uses()).toHaveLength(1);
    double.behave = carryOut;
    expect(await tempid.usesInfo(token)).toEqual({ total: 1, used: 1, left: 0 });
    expect(await tempid.use(token)).toBe(false);
  });

  it('a use whose answer is cut off is sent again to a replica set, which counts it once', async () => {
    await double.stop();
    double = await MongoDBDouble.start('members');
    const { tempid } = await start();
    const token = await tempid.mint({ maxUses: 1 });
    let cuts = 0;
    double.behave = async (name, execute) => {
      const answer = await execute();
      return name === 'findAndModify' && cuts++ === 0 ? 'cut' : answer;
    };
    expect(await tempid.use(token)).toBe(true);
    expect(await tempid.use(token)).toBe(false);
    expect(counts()).toEqual([1]);
    const [first, second] = uses().map(({ command }) => [command['lsid'], command['txnNumber']]);
    expect(second).toEqual(first);
  });

  it('a use is unavailable after storeTimeout while MongoDB is silent, and the server is told a shorter limit', async () => {
    const { tempid } = await start('', '1s');
    const token = await tempid.mint({ maxUses: 2 });
    await tempid.use(token);
    const [use] = uses();
    expect(Number(use?.command['maxTimeMS'])).toBeLessThanOrEqual(1_000);
    double.behave = () => 'silence';
    await expect(tempid.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
    double.behave = carryOut;
    expect(await tempid.use(token)).toBe(true);
    expect(await tempid.use(token)).toBe(false);
  });

  it('no connection stays occupied after callers have given up on a silent MongoDB', async () => {
    const { store } = await start('?maxPoolSize=2');
    await store.used('id');
    double.behave = (name, execute) => (name === 'find' ? 'silence' : execute());
    const deadline = performance.now() + 200;
    const asked = Array.from({ length: 6 }, () => store.used('id', { deadline }));
    const answers = await Promise.allSettled(asked);
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill('rejected'));
    double.behave = carryOut;
    expect(await store.used('id', { deadline: performance.now() + 5_000 })).toBe(0);
  });

  it('a use whose caller has given up is not sent from the queue', async () => {
    const { store } = await start('?maxPoolSize=1');
    const [slow, late] = [newId(), newId()];
    await store.used(slow);
    double.behave = async (name, execute) => {
      if (name === 'findAndModify') await sleep(400);
      return execute();
    };
    const first = store.consume(slow, 1, tomorrow);
    const second = store.consume(late, 1, tomorrow, { deadline: performance.now() + 100 });
    await expect(second).rejects.toThrow('did not answer in time');
    expect(await first).toEqual({ allowed: true, used: 1 });
    await sleep(100);
    expect(double.collection().counts()).toEqual({ [slow]: 1 });
    expect(uses()).toHaveLength(1);
  });

  it('a use is not sent once its deadline is over', async () => {
    const { store } = await start();
    const deadline = performance.now() - 1;
    await expect(store.consume('id', 1, tomorrow, { deadline })).rejects.toThrow(
      'not reached in time',
    );
    for (const asked of [
      store.used('id', { deadline }),
      store.refund('id', { deadline }),
      store.revoke('id', tomorrow, { deadline }),
      store.revokeScope('id', { issuedUntil: 1, except: null }, tomorrow, { deadline }),
      store.used('id', { deadline, issuance: { at: 1, scopes: ['id'] } }),
    ]) {
      await expect(asked).rejects.toThrow('not reached in time');
    }
    expect(
      double.received.map(({ name }) => name).filter((name) => name !== 'createIndexes'),
    ).toEqual([]);
  });

  it('uses are counted again after an outage without a restart', async () => {
    const { tempid } = await start('?serverSelectionTimeoutMS=1500');
    const token = await tempid.mint({ maxUses: 2 });
    expect(await tempid.use(token)).toBe(true);
    await double.stop();
    await expect(tempid.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
    await expect(tempid.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
    await double.listen();
    expect(await tempid.use(token)).toBe(true);
    expect(await tempid.use(token)).toBe(false);
  });

  it('an application starts while MongoDB is away, without waiting longer than storeTimeout, and logs one line', async () => {
    await double.stop();
    const url = `mongodb://user:pass%20word@${double.address}/app?serverSelectionTimeoutMS=300`;
    app = await startApp({ url });
    const { tempid, lines } = app;
    const token = await tempid.mint({ maxUses: 1 });
    await expect(tempid.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
    await expect(tempid.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^MongoTempIDStore does not answer, .*: connect ECONNREFUSED/);
    expect(lines.join()).not.toMatch(/pass.*word/);
  });

  it('uses are counted after an outage at the start without a restart', async () => {
    await double.stop();
    const { tempid } = await start('?serverSelectionTimeoutMS=700');
    const token = await tempid.mint({ maxUses: 1 });
    await expect(tempid.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
    await double.listen();
    expect(await tempid.use(token)).toBe(true);
    expect(await tempid.use(token)).toBe(false);
  });

  // The store itself would wait for half a minute.
  const TOO_LONG = 20_000;

  it.each(['silence', 'cut'] as const)(
    'an application shuts down without delay during an outage by %s',
    async (outcome) => {
      const started = await start();
      await concurrently(20, () => started.store.used('id'));
      double.behave = () => outcome;
      const asked = concurrently(20, () =>
        started.store.used('id').catch((error: unknown) => error),
      );
      app = undefined;
      await started.close();
      for (const answer of await asked) expect(answer).toBeInstanceOf(Error);
      await double.left();
      await expect(started.store.used('id')).rejects.toThrow('closed with the application');
    },
    TOO_LONG,
  );

  it(
    'an application shuts down without delay where MongoDB was silent from the start',
    async () => {
      double.behave = () => 'silence';
      const started = await start();
      app = undefined;
      await started.close();
      await double.left();
      expect(started.lines).toEqual([]);
    },
    TOO_LONG,
  );
});

import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { TempIDStoreOption } from '../../src/index.js';
import { RedisTempIDStore } from '../../src/stores/redis/index.js';
import { TempIDUse, TempIDUsedBy, TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import { concurrently } from '../../src/testing/support.js';
import { describeDatabases } from '../support/databases.js';
import { type RunningApp, startApp } from '../support/http.js';
import { describeWith } from '../support/services.js';
import { Browser } from './browser.js';
import { gate, GraceController, runs } from './grace.controller.js';

/** What a store is to one of several processes, and how to leave it. */
interface Place {
  readonly store: TempIDStoreOption;
  close(): Promise<void>;
}

function forgivesOneForm(open: () => Promise<Place>): void {
  let places: Place[];
  let instances: RunningApp[];

  beforeAll(async () => {
    const [one, other] = [await open(), await open()];
    places = [one, other];
    instances = [
      await startApp('Express', [GraceController], { store: one.store }),
      await startApp('Fastify', [GraceController], { store: other.store }),
    ];
  });

  beforeEach(() => {
    runs.length = 0;
  });

  afterAll(async () => {
    for (const { app } of instances) await app.close();
    for (const place of places) await place.close();
  });

  /** One browser with the page of a new link, by way of each of the two instances. */
  const opened = async (route: string) => {
    const [one, other] = instances as [RunningApp, RunningApp];
    const token = await one.tempid.mint({ purpose: 'login', maxUses: 5 });
    const path = one.tempid.link(`/${route}`, token);
    const browser = new Browser(one);
    const page = await browser.open(path);
    const elsewhere = new Browser(other);
    return {
      press: () => browser.press(path, page),
      pressElsewhere: () => elsewhere.press(path, page),
      used: async () => (await other.tempid.usesInfo(token)).used,
    };
  };

  it('the form that one instance has let through is let through again by the other, and spends nothing', async () => {
    const link = await opened('login');
    for (const { status, location } of [await link.press(), await link.pressElsewhere()]) {
      expect([status, location]).toEqual([303, '/home']);
    }
    expect(runs).toEqual([false, true]);
    expect(await link.used()).toBe(1);
  });

  it('clicks on one form that reach two instances at once spend one use, and all are let through', async () => {
    gate.shut();
    const link = await opened('login');
    const answers = concurrently(8, (n) => (n % 2 ? link.press() : link.pressElsewhere()));
    await gate.arrival();
    gate.open();
    expect((await answers).map(({ status }) => status)).toEqual(Array(8).fill(303));
    expect(runs.filter((repeated) => !repeated)).toHaveLength(1);
    expect(runs).toHaveLength(8);
    expect(await link.used()).toBe(1);
  });
}

describeWith(process.env['TEST_REDIS_URL'], 'two instances on Redis forgive one form', (url) => {
  forgivesOneForm(async () => ({
    store: RedisTempIDStore.register({ url }),
    close: async () => {},
  }));
});

describeDatabases('two instances forgive one form', (connect) => {
  let connection: ReturnType<typeof connect> | undefined;
  forgivesOneForm(async () => {
    const dataSource = await new DataSource({
      ...(await (connection ??= connect('grace'))),
      entities: [TempIDUse, TempIDUsedBy],
    } as DataSourceOptions).initialize();
    const store = TypeOrmTempIDStore.register({ dataSource, usedBy: true });
    return { store, close: () => dataSource.destroy() };
  });
});

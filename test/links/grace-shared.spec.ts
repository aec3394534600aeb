import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { TempIDStoreOption } from '../../src/index.js';
import { RedisTempIDStore } from '../../src/stores/redis/index.js';
import { concurrently } from '../../src/testing/support.js';
import { type RunningApp, startApp } from '../support/http.js';
import { describeWith } from '../support/services.js';
import { Browser } from './browser.js';
import { gate, GraceController, runs } from './grace.controller.js';

/** What a store is to one of several processes, and how to leave it. */
interface Place {
  readonly store: TempIDStoreOption;
  close(): Promise<void>;
}

function givesOneAnswer(open: () => Promise<Place>): void {
  let places: Place[];
  let instances: RunningApp[];

  beforeAll(async () => {
    places = [await open(), await open()];
    instances = await Promise.all(
      places.map(({ store }) => startApp('Express', [GraceController], { store })),
    );
  });

  beforeEach(() => {
    runs.count = 0;
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
    for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value);
    const used = async () => (await one.tempid.usesInfo(token)).used;
    return {
      press: () => browser.press(path, page),
      pressElsewhere: () => elsewhere.press(path, page),
      used,
    };
  };

  it('the answer that one instance gave is repeated by the other within the grace', async () => {
    const link = await opened('login');
    expect((await link.press()).status).toBe(303);
    const second = await link.pressElsewhere();
    expect([second.status, second.location]).toEqual([303, '/home']);
    expect(second.headers.getSetCookie()).toEqual(['session=ada; HttpOnly', 'theme=dark']);
    expect([runs.count, await link.used()]).toEqual([1, 1]);
  });

  it('clicks that reach two instances while the handler runs get the one answer', async () => {
    gate.shut();
    const link = await opened('login');
    const answers = concurrently(6, (n) => (n % 2 ? link.press() : link.pressElsewhere()));
    await gate.arrival();
    await new Promise((resolve) => setTimeout(resolve, 120));
    gate.open();
    for (const { status, headers } of await answers) {
      expect(status).toBe(303);
      expect(headers.getSetCookie()).toEqual(['session=ada; HttpOnly', 'theme=dark']);
    }
    expect([runs.count, await link.used()]).toEqual([1, 1]);
  });
}

describeWith(process.env['TEST_REDIS_URL'], 'two instances on Redis give the one answer', (url) => {
  givesOneAnswer(async () => ({
    store: RedisTempIDStore.register({ url }),
    close: async () => {},
  }));
});

import { connect, type Socket } from 'node:net';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { Logger } from '@nestjs/common';
import { MemoryTempIDStore, type TempID, TempIDStore } from '../../src/index.js';
import { concurrently } from '../../src/testing/support.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { Browser, heading, type Page } from './browser.js';
import { gate, GraceController, runs, SessionController } from './grace.controller.js';

/** Breaks what it is told to break. */
class FragileStore extends MemoryTempIDStore {
  readonly broken = new Set<string>();
  readonly ids: string[] = [];
  override consume: MemoryTempIDStore['consume'] = async (id, ...others) => {
    if (this.broken.has('consume')) throw new Error('it is away');
    const result = await super.consume(id, ...others);
    this.ids.push(id);
    if (this.broken.delete('the answer of consume')) throw new Error('it is away');
    return result;
  };
  override used: MemoryTempIDStore['used'] = async (id) => {
    if (this.broken.has('used')) throw new Error('it is away');
    return super.used(id);
  };
  override refund: MemoryTempIDStore['refund'] = async (id) => {
    if (this.broken.has('refund')) throw new Error('it is away');
    return super.refund(id);
  };
  override async remember(id: string, value: Uint8Array, until: Date): Promise<void> {
    if (this.broken.has('remember')) throw new Error('it is away');
    return super.remember(id, this.broken.has('bytes') ? value.slice(1) : value, until);
  }
  override async recall(id: string): Promise<Uint8Array | null> {
    if (this.broken.has('recall')) throw new Error('it is away');
    return super.recall(id);
  }
}

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

describe.each(PLATFORMS)('the grace of a link on %s', (platform) => {
  let running: RunningApp;
  let store: FragileStore;

  /** A browser with the page of a new link. */
  const opened = async (route: string, maxUses = 5, browser = new Browser(running)) => {
    const token = (await running.tempid.mint({ purpose: 'login', maxUses })) as TempID;
    const path = running.tempid.link(`/${route}`, token);
    const page = await browser.open(path);
    const press = () => browser.press(path, page);
    return { token, path, page, browser, press, used: () => usesOf(token) };
  };
  const usesOf = async (token: TempID) => (await running.tempid.usesInfo(token)).used;
  const seen = ({ status, location }: Page) => [status, location];
  const kept = () => new Promise((resolve) => setTimeout(resolve, 20));
  /** Presses the button by a socket of its own, which can be destroyed. */
  const pressByHand = (link: { page: Page; path: string; browser: Browser }): Socket => {
    const { page, path, browser } = link;
    const fields = [...page.text.matchAll(/name="([\w-]+)" value="([^"]*)"/g)];
    const body = String(
      new URLSearchParams(fields.map(([, name = '', v = '']): [string, string] => [name, v])),
    );
    const [action] = path.split('?');
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    const socket = connect(Number(new URL(running.url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `POST ${action} HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    return socket;
  };

  beforeAll(async () => {
    running = await startApp(platform, [GraceController, SessionController], {
      store: FragileStore,
    });
    store = running.app.get<FragileStore>(TempIDStore);
  });

  beforeEach(() => {
    runs.count = 0;
    store.broken.clear();
    jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(() => running.app.close());

  it('a second click gets the answer of a first one whose client is gone', async () => {
    gate.shut();
    const link = await opened('login', 1);
    const first = pressByHand(link);
    await gate.arrival();
    const closed = new Promise((resolve) => first.once('close', resolve));
    first.destroy();
    await closed;
    await kept();
    const second = link.press();
    gate.open();
    const answer = await second;
    expect(seen(answer)).toEqual([303, '/home']);
    expect(answer.headers.getSetCookie()).toEqual(['session=ada; HttpOnly', 'theme=dark']);
    expect(runs.count).toBe(1);
  });

  it('clicks one after another get the first answer, cookie for cookie', async () => {
    const link = await opened('login', 1);
    const first = await link.press();
    const second = await link.press();
    expect(seen(second)).toEqual([303, '/home']);
    expect(second.headers.getSetCookie()).toEqual(first.headers.getSetCookie());
    expect(second.headers.getSetCookie()).toHaveLength(2);
    expect([runs.count, await link.used()]).toEqual([1, 1]);
  });

  it.each([true, false])(
    'the cookies of the first answer come last behind session middleware (client gone: %s)',
    async (isGone) => {
      gate.shut();
      const link = await opened('session/login', 1);
      link.browser.cookies.delete('session');
      const first = pressByHand(link);
      const received: string[] = [];
      first.on('data', (chunk) => received.push(String(chunk)));
      await gate.arrival();
      if (isGone) first.destroy();
      await kept();
      gate.open();
      const second = await link.press();
      const cookies = second.headers.getSetCookie();
      expect(seen(second)).toEqual([303, '/home']);
      expect(cookies.map((cookie) => cookie.split('=')[0])).toEqual(['session', 'visit']);
      link.browser.cookies.delete('session');
      expect((await link.press()).headers.getSetCookie()).toEqual(cookies);
      const heard = cookies.filter((cookie) => received.join('').includes(cookie));
      expect(heard).toEqual(isGone ? [] : cookies);
      first.destroy();
      expect(runs.count).toBe(1);
    },
  );

  it('an answer that a handler wrote by hand is repeated', async () => {
    const link = await opened('raw', 1);
    const answers = await concurrently(3, link.press);
    expect(answers.map(seen)).toEqual(times(3, [302, '/home?by=hand']));
    expect(answers.map(({ headers }) => headers.getSetCookie())).toEqual(times(3, ['session=raw']));
    expect(runs.count).toBe(1);
  });

  it('a form can be posted again where the handler throws', async () => {
    const link = await opened('throws', 2);
    const answers = [await link.press(), await link.press(), await link.press()];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 401]);
    expect([runs.count, await link.used()]).toEqual([2, 2]);
  });

  it('a click that waits runs the handler only after the first one has failed', async () => {
    gate.shut();
    const link = await opened('throws', 1);
    const first = link.press();
    await gate.arrival();
    const second = link.press();
    gate.open();
    expect([(await first).status, (await second).status]).toEqual([400, 401]);
    expect(runs.count).toBe(1);
  });

  it('a second click is answered where the use of the first was refunded', async () => {
    const link = await opened('refunds', 1);
    const failing = {
      ...link.page,
      text: link.page.text.replace(
        '<button',
        '<input type="hidden" name="fail" value="1" /><button',
      ),
    };
    expect((await link.browser.press(link.path, failing)).status).toBe(400);
    expect(await link.used()).toBe(0);
    const answers = await concurrently(3, link.press);
    expect(answers.map(seen)).toEqual(times(3, [307, '/home']));
    expect([runs.count, await link.used()]).toEqual([2, 1]);
  });

  it.each(['page', 'long'])(
    'a second click on an answer that cannot be repeated is refused (%s)',
    async (route) => {
      const link = await opened(route, 1);
      await link.press();
      const second = await link.press();
      expect([second.status, heading(second)]).toEqual([401, 'This link was used already']);
      expect(runs.count).toBe(1);
    },
  );

  it('a click after the grace uses the token again, and begins a new grace', async () => {
    gate.shut();
    gate.open();
    const link = await opened('short', 3);
    await concurrently(3, link.press);
    expect(runs.count).toBe(1);
    const now = Date.now();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now + 1_500);
    const later = await concurrently(3, link.press);
    clock.mockRestore();
    expect(later.map(seen)).toEqual(times(3, [302, '/home']));
    expect([runs.count, await link.used()]).toEqual([2, 2]);
  });

  it('only the same browser with the same page and the same token gets the first answer', async () => {
    const link = await opened('login', 1);
    await link.press();
    const other = new Browser(running);
    await opened('login', 1, other);
    expect((await other.press(link.path, link.page)).status).toBe(401);
    const cookieless = new Browser(running);
    expect((await cookieless.press(link.path, link.page)).status).toBe(401);
    const forged = new Browser(running);
    forged.cookies.set('tempid-browser-a', 'x');
    expect((await forged.press(link.path, link.page)).status).toBe(401);
    const anotherPage = {
      ...link.page,
      text: link.page.text.replace(/(name="tempid-click" value=")/, '$1x'),
    };
    expect((await link.browser.press(link.path, anotherPage)).status).toBe(401);
    expect(runs.count).toBe(1);
  });

  it('the same form gets the first answer whatever is pasted around its token', async () => {
    const link = await opened('guarded', 2);
    await link.press();
    const text = link.page.text.replace(/(name="token" value=")([^"]*)/, '$1\u200b“$2”. ');
    expect(seen(await link.browser.press(link.path, { ...link.page, text }))).toEqual([
      303,
      '/home',
    ]);
    expect([runs.count, await link.used()]).toEqual([1, 1]);
  });

  it('a click within the grace is refused where the token was revoked meanwhile', async () => {
    const link = await opened('login', 2);
    expect((await link.press()).status).toBe(303);
    await kept();
    await running.tempid.revoke(link.token);
    const again = await link.press();
    expect([again.status, heading(again)]).toEqual([401, 'This link was withdrawn']);
  });

  it('forms that a used-up token never had leave nothing in the store', async () => {
    const link = await opened('login', 1);
    expect((await link.press()).status).toBe(303);
    const consume = jest.spyOn(store, 'consume');
    for (const click of ['a', 'b', 'c']) {
      const text = link.page.text.replace(/(name="tempid-click" value=")/, `$1${click}`);
      const answer = await link.browser.press(link.path, { ...link.page, text });
      expect([answer.status, heading(answer)]).toEqual([401, 'This link was used already']);
    }
    expect(consume).not.toHaveBeenCalled();
  });

  it('a body of any length and of any kind is answered', async () => {
    const link = await opened('login', 1);
    const huge = {
      ...link.page,
      text: link.page.text.replace(/(name="tempid-click" value=")/, `$1${'x'.repeat(50_000)}`),
    };
    const answers = [
      await link.browser.press(link.path, huge),
      await link.browser.press(link.path, huge),
    ];
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    const list = {
      ...link.page,
      text: link.page.text + '<input name="tempid-click" value="again" />',
    };
    expect((await link.browser.press(link.path, list)).status).toBe(401);
  });

  it('the browser that asked, and opens its link twice, gets the first answer', async () => {
    const browser = new Browser(running);
    browser.cookies.set('tempid-browser-a', 'k'.repeat(22));
    const boundTo = `tempid-browser:${'k'.repeat(22)}`;
    const token = await running.tempid.mint({ purpose: 'login', maxUses: 1, boundTo });
    const path = running.tempid.link('/asked', token);
    const answers = await concurrently(3, () => browser.open(path));
    expect(answers.map(seen)).toEqual(times(3, [303, '/home']));
    expect(runs.count).toBe(1);
  });

  it("two guards of one request do not wait for each other's answer", async () => {
    const link = await opened('guarded', 2);
    const used = jest.spyOn(store, 'used');
    expect((await link.press()).status).toBe(303);
    // It asks what became of its token, and never whether its own form is done.
    expect(used.mock.calls.filter(([id]) => id !== link.token.id)).toEqual([]);
    expect(seen(await link.press())).toEqual([303, '/home']);
    expect(runs.count).toBe(1);
  });

  it('each of 20 browsers that click twice at once counts exactly one use', async () => {
    const token = (await running.tempid.mint({ purpose: 'login', maxUses: 50 })) as TempID;
    const path = running.tempid.link('/login', token);
    const answers = await concurrently(20, async () => {
      const browser = new Browser(running);
      const page = await browser.open(path);
      return concurrently(3, () => browser.press(path, page));
    });
    expect(answers.flat().map(seen)).toEqual(times(60, [303, '/home']));
    expect([runs.count, await usesOf(token)]).toEqual([20, 20]);
  });

  it('a token that is not good leaves nothing in the store', async () => {
    const link = await opened('login');
    const other = await running.tempid.mint({ purpose: 'other', maxUses: 1 });
    const { length } = store.ids;
    const text = link.page.text.replace(link.token.value, other.value);
    expect((await link.browser.press(link.path, { ...link.page, text })).status).toBe(401);
    expect(store.ids).toHaveLength(length);
  });

  describe('while the store', () => {
    it('a click is answered 503 and runs nothing while the store is away', async () => {
      const link = await opened('login', 5);
      store.broken.add('consume');
      expect((await link.press()).status).toBe(503);
      store.broken.clear();
      expect(seen(await link.press())).toEqual([303, '/home']);
      for (const step of ['consume', 'recall']) {
        store.broken.add(step);
        expect((await link.press()).status).toBe(503);
        store.broken.clear();
      }
      expect([runs.count, await link.used()]).toEqual([1, 1]);
    });

    it('a click that waits is answered 503 where the store goes away', async () => {
      gate.shut();
      const link = await opened('login', 5);
      const first = link.press();
      await gate.arrival();
      store.broken.add('used');
      expect((await link.press()).status).toBe(503);
      gate.open();
      expect((await first).status).toBe(303);
      expect(runs.count).toBe(1);
    });

    it('a second click is answered 503 where the store gives other bytes than it was told to keep', async () => {
      const link = await opened('login', 5);
      store.broken.add('bytes');
      expect((await link.press()).status).toBe(303);
      expect((await link.press()).status).toBe(503);
      expect(runs.count).toBe(1);
    });

    it.each(['remember', 'the answer of consume'])(
      'a store that loses %s holds the second click for the grace, and the count decides',
      async (step) => {
        const link = await opened('short', 1);
        store.broken.add(step);
        const first = await link.press();
        expect(first.status).toBe(step === 'remember' ? 302 : 503);
        store.broken.clear();
        const used = jest.spyOn(store, 'used');
        const second = await link.press();
        // It has asked again and again whether the first one is done.
        expect(used.mock.calls.filter(([id]) => id !== link.token.id).length).toBeGreaterThan(2);
        expect(second.status).toBe(step === 'remember' ? 401 : 302);
        expect(runs.count).toBe(1);
      },
    );
  });

  it('clicks that wait ask the store together', async () => {
    gate.shut();
    const link = await opened('login', 1);
    const first = link.press();
    await gate.arrival();
    const used = jest.spyOn(store, 'used');
    const others = concurrently(30, link.press);
    await new Promise((resolve) => setTimeout(resolve, 500));
    // Each asks once for its token and once for its form, and then all together, and not 30 times each 50 ms.
    expect(used.mock.calls.length).toBeLessThan(100);
    gate.open();
    expect((await others).map(({ status }) => status)).toEqual(Array(30).fill(303));
    await first;
  });
});

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
import { setClock } from '../support/clock.js';
import { json, PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { Browser, heading, type Page } from './browser.js';
import { gate, GraceController, runs } from './grace.controller.js';

/** Breaks when it is told to. */
class FragileStore extends MemoryTempIDStore {
  isBroken = false;
  override async consume(...args: Parameters<MemoryTempIDStore['consume']>) {
    const result = await super.consume(...args);
    if (this.isBroken) throw new Error('it is away');
    return result;
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
    const press = (changed = page) => browser.press(path, changed);
    return { token, path, page, browser, press, used: () => usesOf(token) };
  };
  const usesOf = async (token: TempID) => (await running.tempid.usesInfo(token)).used;
  const seen = ({ status, location }: Page) => [status, location];
  const withField = ({ text, ...page }: Page, name: string): Page => ({
    ...page,
    text: text.replace('<button', `<input type="hidden" name="${name}" value="1" /><button`),
  });
  const withClick = ({ text, ...page }: Page, click: string): Page => ({
    ...page,
    text: text.replace(/(name="tempid-click" value=")[^"]*/, `$1${click}`),
  });
  /** Presses the button by a socket of its own, which can be destroyed. */
  const pressByHand = ({ page, path }: { page: Page; path: string }): Socket => {
    const fields = [...page.text.matchAll(/name="([\w-]+)" value="([^"]*)"/g)];
    const body = String(
      new URLSearchParams(fields.map(([, name = '', v = '']): [string, string] => [name, v])),
    );
    const [action] = path.split('?');
    const socket = connect(Number(new URL(running.url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `POST ${action} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    return socket;
  };

  beforeAll(async () => {
    running = await startApp(platform, [GraceController], { store: FragileStore });
    store = running.app.get<FragileStore>(TempIDStore);
  });

  beforeEach(() => {
    runs.length = 0;
    store.isBroken = false;
    jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(() => running.app.close());

  it('a second click is let through while the first one runs, also where its client is gone', async () => {
    gate.shut();
    const link = await opened('login', 1);
    const first = pressByHand(link);
    await gate.arrival();
    const closed = new Promise((resolve) => first.once('close', resolve));
    first.destroy();
    await closed;
    const second = link.press();
    gate.open();
    const answer = await second;
    expect(seen(answer)).toEqual([303, '/home']);
    expect(answer.headers.getSetCookie()).toEqual(['session=ada; HttpOnly', 'theme=dark']);
    expect([runs, await link.used()]).toEqual([[false, true], 1]);
  });

  it.each([
    ['login', 303],
    ['page', 200],
    ['throws', 400],
  ])(
    'clicks one after another are let through by one use, whatever the handler answers (%s)',
    async (route, status) => {
      const link = await opened(route, 1);
      const answers = [await link.press(), await link.press(), await link.press()];
      expect(answers.map((answer) => answer.status)).toEqual(times(3, status));
      expect([runs, await link.used()]).toEqual([[false, true, true], 1]);
    },
  );

  it('each of 20 browsers that click three times at once counts exactly one use', async () => {
    const token = (await running.tempid.mint({ purpose: 'login', maxUses: 20 })) as TempID;
    const path = running.tempid.link('/login', token);
    const answers = await concurrently(20, async () => {
      const browser = new Browser(running);
      const page = await browser.open(path);
      return concurrently(3, () => browser.press(path, page));
    });
    expect(answers.flat().map(seen)).toEqual(times(60, [303, '/home']));
    expect([runs.filter((repeated) => !repeated).length, await usesOf(token)]).toEqual([20, 20]);
  });

  it('a click after the grace is told that its person has used the link already', async () => {
    const link = await opened('short', 3);
    await link.press();
    const now = Date.now();
    setClock(now + 1_500);
    const later = await link.press();
    expect([later.status, heading(later)]).toEqual([409, 'You have used this link already']);
    expect([runs, await link.used()]).toEqual([[false], 1]);
  });

  it('only the same form is let through again, whatever browser sends it', async () => {
    const link = await opened('login', 1);
    await link.press();
    for (const changed of [
      withClick(link.page, 'x'),
      withClick(link.page, ''),
      withField(link.page, 'more'),
      { ...link.page, text: link.page.text.replace('tempid-click', 'click') },
    ]) {
      const answer = await link.press(changed);
      expect([answer.status, heading(answer)]).toEqual([401, 'This link was used already']);
    }
    expect((await link.browser.press(`${link.path}&next=1`, link.page)).status).toBe(303);
    const action = link.page.text.replace('action="./login"', 'action="./login?next=1"');
    expect((await link.press({ ...link.page, text: action })).status).toBe(401);
    expect(await link.used()).toBe(1);
  });

  it('a click that no page has made is a use each time', async () => {
    const token = await running.tempid.mint({ purpose: 'login', maxUses: 2 });
    const click = () =>
      running.send('/login', { ...json({ token: token.value }), redirect: 'manual' });
    const statuses = [(await click()).status, (await click()).status, (await click()).status];
    expect([statuses, runs]).toEqual([
      [303, 303, 401],
      [false, false],
    ]);
  });

  it('a post without a body is not taken for the browser that asked, which opens its link without one', async () => {
    const browser = new Browser(running);
    browser.cookies.set('tempid-browser-a', 'k'.repeat(22));
    const boundTo = `tempid-browser:${'k'.repeat(22)}`;
    const token = await running.tempid.mint({ purpose: 'login', maxUses: 1, boundTo });
    const path = running.tempid.link('/asked', token);
    const answers = await concurrently(3, () => browser.open(path));
    expect(answers.map(seen)).toEqual(times(3, [303, '/home']));
    expect(runs.filter((repeated) => !repeated)).toHaveLength(1);
    const posted = await running.send(path, { method: 'POST', redirect: 'manual' });
    expect(posted.status).toBe(401);
    expect((await new Browser(running).open(path)).status).toBe(401);
    expect(runs).toHaveLength(3);
  });

  it('a form that the handler refuses can be sent again, changed or not, where the use is refunded', async () => {
    const link = await opened('refunds', 1);
    const failing = withField(link.page, 'fail');
    for (const time of [1, 2]) {
      expect([time, (await link.press(failing)).status]).toEqual([time, 400]);
      expect(await link.used()).toBe(0);
    }
    const answers = await concurrently(3, () => link.press());
    expect(answers.map(seen)).toEqual(times(3, [307, '/home']));
    expect(await link.used()).toBe(1);
    expect((await link.press(failing)).status).toBe(401);
    expect(runs.filter((repeated) => !repeated)).toHaveLength(3);
  });

  it('a click within the grace is refused where the token was revoked meanwhile', async () => {
    const link = await opened('login', 2);
    expect((await link.press()).status).toBe(303);
    await running.tempid.revoke(link.token);
    const again = await link.press();
    expect([again.status, heading(again)]).toEqual([401, 'This link was withdrawn']);
  });

  it('a body of any length is the same form again', async () => {
    const link = await opened('login', 1);
    const huge = withClick(link.page, 'x'.repeat(50_000));
    expect([(await link.press(huge)).status, (await link.press(huge)).status]).toEqual([303, 303]);
    expect((await link.press(withClick(link.page, 'x'.repeat(49_999)))).status).toBe(401);
  });

  it('two guards of one request count one use, and say alike whether it is a repeated one', async () => {
    const link = await opened('guarded', 2);
    expect([(await link.press()).status, (await link.press()).status]).toEqual([303, 303]);
    expect([runs, await link.used()]).toEqual([[false, true], 1]);
  });

  it('no click is let through while the store is away, and a first one whose answer was lost counts once', async () => {
    const link = await opened('login', 1);
    store.isBroken = true;
    expect((await link.press()).status).toBe(503);
    expect((await link.press()).status).toBe(503);
    store.isBroken = false;
    expect(seen(await link.press())).toEqual([303, '/home']);
    expect([runs, await link.used()]).toEqual([[true], 1]);
  });

  it('a person who has used a link is told so by a page, and a program by its code', async () => {
    const link = await opened('once', 5);
    expect((await link.press()).status).toBe(201);
    const again = await link.press();
    expect([again.status, heading(again)]).toEqual([409, 'You have used this link already']);
    expect(again.headers.get('cache-control')).toBe('no-store');
    expect(await running.send('/once', json({ token: link.token.value }))).toMatchObject({
      status: 409,
      body: { statusCode: 409, error: 'Conflict', code: 'TEMPID_ALREADY_USED' },
    });
    expect(await link.used()).toBe(1);
  });
});

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
import { Controller, Logger } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import {
  MemoryTempIDStore,
  type MintOptions,
  TempIDStore,
  TempIDLink,
  UseTempID,
  UseTempIDCode,
  type UseTempIDOptions,
} from '../../src/index.js';
import { concurrently } from '../../src/testing/support.js';
import { setClock } from '../support/clock.js';
import { json, PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { gate, runs, UsedByController } from './used-by.controller.js';

class FragileStore extends MemoryTempIDStore {
  isBroken = false;
  override async consume(...args: Parameters<MemoryTempIDStore['consume']>) {
    if (this.isBroken) throw new Error('it is away');
    return super.consume(...args);
  }
}

describe.each(PLATFORMS)('who uses a token on %s', (platform) => {
  let running: RunningApp;
  let store: FragileStore;
  const mint = async (options: MintOptions = { maxUses: 5 }) => {
    const token = await running.tempid.mint(options);
    const post = async (path: string, user: string | null = null, body: object = {}) => {
      const { headers, ...init } = json({ token: token.value, ...body });
      const all = new Headers(headers);
      if (user !== null) all.set('x-user', user);
      return running.send(path, { ...init, headers: all });
    };
    const status = async (...args: Parameters<typeof post>) => (await post(...args)).status;
    const used = async () => (await running.tempid.usesInfo(token)).used;
    const names = async () => (await running.tempid.usedBy(token)).items.map(({ by }) => by);
    return { token, post, status, used, names };
  };

  beforeAll(async () => {
    running = await startApp(platform, [UsedByController], { store: FragileStore });
    store = running.app.get<FragileStore>(TempIDStore);
  });

  beforeEach(() => {
    runs.length = 0;
    jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(() => running.app.close());

  it('each person has one use, and is answered 409 another time', async () => {
    const { post, used, names } = await mint();
    expect(await post('/join', 'ada')).toMatchObject({ status: 201, body: { repeated: false } });
    const again = await post('/join', 'ada');
    expect(again).toMatchObject({
      status: 409,
      body: {
        statusCode: 409,
        error: 'Conflict',
        code: 'TEMPID_ALREADY_USED',
        message: 'The token has been used by the same one before.',
      },
    });
    expect(again.headers.get('cache-control')).toBe('no-store');
    expect(again.headers.get('www-authenticate')).toBeNull();
    expect((await post('/join', 'bob')).status).toBe(201);
    expect([await used(), await names(), runs]).toEqual([2, ['ada', 'bob'], [false, false]]);
  });

  it('exactly 50 of 120 people get one of 50 uses, however often each of them asks at once', async () => {
    const { status, used, names } = await mint({ maxUses: 50 });
    const statuses = await concurrently(360, (index) => status('/join', `user-${index % 120}`));
    expect(statuses.filter((each) => each === 201)).toHaveLength(50);
    expect(statuses.filter((each) => each !== 201 && each !== 401 && each !== 409)).toEqual([]);
    expect([await used(), (await names()).length]).toEqual([50, 50]);
  });

  it.each([null, '', 'x'.repeat(256)])(
    'a request that names nobody is refused, and uses nothing (%j)',
    async (user) => {
      const { post, used } = await mint();
      expect(await post('/join', user)).toMatchObject({
        status: 401,
        body: { code: 'TEMPID_SCOPE' },
      });
      expect([await used(), runs]).toEqual([0, []]);
    },
  );

  it('a name that is no text is refused', async () => {
    const { status, used } = await mint();
    expect([await status('/odd', 'ada'), await used()]).toEqual([401, 0]);
  });

  it('the same one is let through again by repeat, by one use, and others are not', async () => {
    const { post, status, used } = await mint({ maxUses: 1 });
    const answers = await concurrently(20, () => post('/retry', 'ada'));
    expect(answers.map((answer) => answer.status)).toEqual(Array(20).fill(201));
    expect(runs.filter((repeated) => !repeated)).toHaveLength(1);
    expect([await status('/retry', 'bob'), await used()]).toEqual([401, 1]);
  });

  it('a token without a use limit works once for each, and no warning says that it has none', async () => {
    const { status } = await mint({});
    const statuses = [];
    for (const user of ['ada', 'bob', 'ada']) statuses.push(await status('/join', user));
    expect(statuses).toEqual([201, 201, 409]);
    expect(Logger.prototype.warn).not.toHaveBeenCalled();
  });

  it('the use of one whose handler fails is refunded to that one, and to nobody else', async () => {
    const { status, used, names } = await mint({ maxUses: 2 });
    expect(await status('/fails', 'bob')).toBe(201);
    expect(await status('/fails', 'ada', { status: 422 })).toBe(422);
    expect([await used(), await names()]).toEqual([1, ['bob']]);
    expect(await status('/fails', 'ada')).toBe(201);
    // A repeated request that fails gives nothing back: its use is that of the first one.
    expect(await status('/fails', 'ada', { status: 500 })).toBe(500);
    expect([await used(), runs]).toEqual([2, [false, false, false, true]]);
  });

  it('a repeated request is let through while the first one still runs', async () => {
    const { post, used } = await mint({ maxUses: 1 });
    gate.shut();
    const first = post('/held', 'ada');
    await gate.arrival();
    const second = post('/held', 'ada');
    while (runs.length < 2) await new Promise(setImmediate);
    gate.open();
    const bodies = [(await first).body, (await second).body];
    expect([bodies, await used()]).toEqual([[{ repeated: false }, { repeated: true }], 1]);
  });

  it('a guard of the application names people by its own method', async () => {
    const { token, status, names } = await mint();
    expect([await status('/team'), await status('/team')]).toEqual([201, 409]);
    expect(await names()).toEqual([`undefined ${token.value.length}`]);
  });

  it('a guard that admits by itself uses the token by the same one', async () => {
    const { status, names } = await mint();
    expect([await status('/own', 'ada'), await status('/own', 'ada')]).toEqual([201, 409]);
    expect(await names()).toEqual(['ada']);
  });

  it('two guards of one request count one use, also where it is a repeated one', async () => {
    const { post, used } = await mint({ maxUses: 1 });
    await post('/twice', 'ada');
    await post('/twice', 'ada');
    expect([runs, await used()]).toEqual([[false, true], 1]);
  });

  it('nobody is let through while the store is away, and the use is there afterwards', async () => {
    const { status, used } = await mint({ maxUses: 1 });
    store.isBroken = true;
    expect([await status('/retry', 'ada'), await status('/form')]).toEqual([503, 503]);
    store.isBroken = false;
    expect([await status('/retry', 'ada'), await used(), runs]).toEqual([201, 1, [false]]);
  });

  it('the same form is let through again within its time, and no other one', async () => {
    const { post, status, used } = await mint({ maxUses: 1 });
    const form = { name: 'Ada', tags: ['a', 'b'] };
    const answers = await concurrently(10, () => post('/form', null, form));
    expect(answers.map((answer) => answer.status)).toEqual(Array(10).fill(201));
    expect(runs.filter((repeated) => !repeated)).toHaveLength(1);
    for (const other of [{}, { ...form, name: 'Bob' }, { ...form, more: '' }]) {
      expect(await status('/form', null, other)).toBe(401);
    }
    expect(await status('/form?as=owner', null, form)).toBe(401);
    setClock(Date.now() + 10_001);
    expect([await status('/form', null, form), await used()]).toEqual([409, 1]);
  });

  it('a form without repeat is refused when it is sent twice, and another form is a use of its own', async () => {
    const { status, used } = await mint({ maxUses: 2 });
    const statuses = [
      await status('/strict', null, { a: 1 }),
      await status('/strict', null, { a: 1 }),
      await status('/strict', null, { a: 2 }),
    ];
    expect([statuses, await used()]).toEqual([[201, 409, 201], 2]);
  });

  it('a form of fields and the same as JSON are one form', async () => {
    const { token, status } = await mint({ maxUses: 1 });
    expect(await status('/form', null, { name: 'Ada', empty: '' })).toBe(201);
    const body = new URLSearchParams({ empty: '', name: 'Ada', token: token.value });
    expect((await running.send('/form', { method: 'POST', body })).status).toBe(201);
    expect(runs).toEqual([false, true]);
  });

  it('a GET without a body is the same again by its address', async () => {
    const { token } = await mint({ maxUses: 1 });
    const path = running.tempid.link('/opened', token);
    expect((await running.send(path)).body).toEqual({ repeated: false });
    expect((await running.send(path)).body).toEqual({ repeated: true });
    expect((await running.send(`${path}&part=2`)).status).toBe(401);
  });

  it.each(['multipart/form-data; boundary=x', 'text/csv', ''])(
    'a form that cannot be compared is refused, and uses nothing (%j)',
    async (type) => {
      const { token, used } = await mint({ maxUses: 1 });
      const path = running.tempid.link('/form', token);
      const body = new Blob(
        ['--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'],
        { type },
      );
      const { status } = await running.send(path, { method: 'POST', body });
      expect([401, 415]).toContain(status);
      expect(await used()).toBe(0);
    },
  );
});

describe('two processes on one store', () => {
  it('the same form that comes to both is one use, whatever secret is the newest in each', async () => {
    const store = new MemoryTempIDStore();
    class SharedStore extends MemoryTempIDStore {
      override consume = store.consume.bind(store);
      override used = store.used.bind(store);
      override usedBy = store.usedBy.bind(store);
    }
    const [old, young] = ['o'.repeat(40), 'y'.repeat(40)];
    const one = await startApp('Express', [UsedByController], {
      store: SharedStore,
      secret: [old],
    });
    const other = await startApp('Fastify', [UsedByController], {
      store: SharedStore,
      secret: [young, old],
    });
    runs.length = 0;
    const token = await one.tempid.mint({ maxUses: 1 });
    const form = json({ token: token.value, name: 'Ada' });
    const answers = await concurrently(20, (index) =>
      (index % 2 ? one : other).send('/form', form),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(runs.filter((repeated) => !repeated)).toHaveLength(1);
    expect((await other.tempid.usesInfo(token)).used).toBe(1);
    await Promise.all([one.app.close(), other.app.close()]);
  });
});

describe('the options that say who uses a token', () => {
  const by = () => 'ada';
  it.each<[object, string]>([
    [{ by }, "need 'consume'"],
    [{ by, consume: false }, "need 'consume'"],
    [{ grace: '10s' }, "need 'consume'"],
    [{ consume: true, repeat: '10s' }, `'repeat' of @UseTempID needs 'by'`],
    [{ consume: true, by, repeat: false }, `'repeat' must be a whole number`],
    [{ consume: true, by, repeat: '0s' }, `'repeat' must be at least '1s'`],
    [{ consume: true, by, repeat: undefined }, 'undefined'],
    [{ consume: true, by: undefined }, 'undefined'],
    [{ consume: true, by: null }, 'null'],
    [{ consume: true, by: 'user' }, `'by' of @UseTempID must be 'form' or a function`],
    [{ consume: true, by, grace: '10s' }, `'grace' of @UseTempID stands for`],
    [{ consume: true, repeat: '5s', grace: '10s' }, `'grace' of @UseTempID stands for`],
    [{ consume: true, grace: '61s' }, `'grace' must be at most '1m'`],
    [{ consume: true, grace: '0s' }, `'grace' must be at least '1s'`],
    [{ consume: true, grace: true }, `'grace' must be a whole number`],
    [{ consume: true, resumable: true, by }, `'resumable' of @UseTempID`],
    [{ consume: true, resumable: true, grace: '10s' }, `'resumable' of @UseTempID`],
  ])('%p are refused when a handler is decorated', (options, message) => {
    expect(() => UseTempID(options as UseTempIDOptions)).toThrow(message);
  });

  it('@TempIDLink and @UseTempIDCode refuse them alike', () => {
    expect(() => TempIDLink('l', { by, grace: '10s' })).toThrow(
      `'grace' of @TempIDLink stands for`,
    );
    expect(() => TempIDLink('l', { grace: '2m' })).toThrow(`at most '1m'`);
    expect(() => UseTempIDCode({ grace: '2m' })).toThrow(`at most '1m'`);
    expect(() => UseTempIDCode({ by } as object)).toThrow(`has no option 'by'`);
  });

  it('a handler of messages cannot be used by a form, and the start says so', async () => {
    @Controller()
    class MessagesController {
      @MessagePattern('join')
      @UseTempID({ consume: true, grace: '10s' })
      join(): string {
        return 'never';
      }
    }
    await expect(startApp('Express', [MessagesController])).rejects.toThrow(
      /MessagesController\.join has 'grace' or by: 'form'/,
    );
  });
});

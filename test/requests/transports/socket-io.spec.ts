import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { once } from 'node:events';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { expectOfEvery } from './expectations.js';
import { createStreams, socketIo } from './gateway.handlers.js';
import { createHandlers } from './handlers.js';
import { expectOfHostileData } from './hostile-data.js';
import {
  Answers,
  type Data,
  moduleWith,
  type Outcome,
  type Running,
  serviceOf,
} from './running.js';

const providers = [...createHandlers(socketIo), createStreams(socketIo)];

class RunningSocketIo implements Running {
  readonly hasStatus = false;

  private readonly answers = new Answers();

  private constructor(
    readonly app: INestApplication,
    private readonly url: string,
    readonly client: Socket,
  ) {
    client.on('exception', (refused: unknown) => this.answers.arrive({ refused }));
    client.on('value', (value: unknown) => this.answers.arrive({ value }));
  }

  static async start(): Promise<RunningSocketIo> {
    const module = await moduleWith({ providers }).compile();
    const app = module.createNestApplication({ logger: false });
    app.useWebSocketAdapter(new IoAdapter(app));
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    return new RunningSocketIo(app, url, await connect(url));
  }

  /** Another connection to the same application. */
  async another(options: Partial<ManagerOptions & SocketOptions>): Promise<RunningSocketIo> {
    return new RunningSocketIo(this.app, this.url, await connect(this.url, options));
  }

  ask(handler: string, data: Data): Promise<Outcome> {
    return this.emit(handler, ...(data ? [data] : []));
  }

  /** Sends a message with an acknowledgement, which a handler's value is for. */
  emit(handler: string, ...data: unknown[]): Promise<Outcome> {
    const answer = this.answers.next();
    this.client.emit(handler, ...data, (value: unknown) => this.answers.arrive({ value }));
    return answer;
  }

  refusal(code: string, message: string): unknown {
    return { status: 'error', code, message };
  }

  /** The answers that come without another message. */
  more(count: number): Promise<Outcome[]> {
    return Promise.all(Array.from({ length: count }, () => this.answers.next()));
  }

  disconnect(): void {
    this.client.disconnect();
  }

  async close(): Promise<void> {
    this.disconnect();
    await this.app.close();
  }
}

async function connect(url: string, options = {}): Promise<Socket> {
  const client = io(url, { transports: ['websocket'], forceNew: true, ...options });
  await new Promise((resolve) => client.once('connect', () => resolve(null)));
  return client;
}

expectOfEvery('WebSockets of socket.io', () => RunningSocketIo.start());

describe('a message of socket.io', () => {
  let running: RunningSocketIo;
  const mint = async (maxUses = 5) => (await serviceOf(running).mint({ maxUses })).value;
  const used = async (token: string) => (await serviceOf(running).usesInfo(token)).used;

  beforeAll(async () => {
    running = await RunningSocketIo.start();
  });

  afterAll(() => running.close());

  expectOfHostileData(
    () => serviceOf(running),
    (handler, data) => running.emit(handler, ...(data === undefined ? [] : [data])),
  );

  it.each([
    ['auth', (token: string) => ({ auth: { token } })],
    ['query', (token: string) => ({ query: { token } })],
    ['header X-Token', (token: string) => ({ extraHeaders: { 'x-token': token } })],
    [
      'header Authorization',
      (token: string) => ({
        extraHeaders: { authorization: `Bearer ${token}` },
      }),
    ],
    [
      'auth before its query and its header',
      (token: string) => ({
        auth: { token },
        query: { token: 'garbage' },
        extraHeaders: { 'x-token': 'garbage' },
      }),
    ],
  ])('a message of socket.io may have its token in the handshake: %s', async (_, handshake) => {
    const token = await mint(2);
    const client = await running.another(handshake(token));
    expect(await client.emit('consume')).toHaveProperty('value');
    expect(await client.emit('consume', {})).toHaveProperty('value');
    expect(await used(token)).toBe(2);
    expect(await client.emit('consume', 'anything')).toEqual({
      refused: running.refusal('TEMPID_EXHAUSTED', 'The token has been used up.'),
    });
    client.disconnect();
  });

  it('the token in the data of a message comes before that of the handshake', async () => {
    const [near, far] = [await mint(), await mint()];
    const client = await running.another({ auth: { token: far } });
    expect(await client.emit('consume', { token: near })).toHaveProperty('value');
    expect([await used(near), await used(far)]).toEqual([1, 0]);
    expect(await client.emit('consume', { token: 'garbage' })).toEqual({
      refused: running.refusal('TEMPID_FORMAT', 'The token is not valid.'),
    });
    client.disconnect();
  });

  it('a message is not let in by a handshake that has no token as a string of its own', async () => {
    const token = await mint();
    for (const auth of [
      { token: [token] },
      { token: { token } },
      JSON.parse(`{"__proto__":{"token":"${token}"}}`) as object,
    ]) {
      const client = await running.another({ auth });
      expect(await client.emit('consume')).toEqual({
        refused: running.refusal('TEMPID_MISSING', 'A token is needed.'),
      });
      client.disconnect();
    }
  });

  it('a message finds no token in one of several arguments', async () => {
    const token = await mint();
    expect(await running.emit('consume', { token }, { token })).toEqual({
      refused: running.refusal('TEMPID_MISSING', 'A token is needed.'),
    });
    expect(await used(token)).toBe(0);
  });

  it('a message is refused by the event exception, and never acknowledged', async () => {
    const acknowledged: unknown[] = [];
    const exception = once(running.client as never, 'exception');
    const answer = running.more(1);
    running.client.emit('consume', {}, (value: unknown) => acknowledged.push(value));
    const refused = running.refusal('TEMPID_MISSING', 'A token is needed.');
    expect(await exception).toEqual([refused]);
    expect(await answer).toEqual([{ refused }]);
    expect(await running.emit('consume', { token: await mint() })).toHaveProperty('value');
    expect(acknowledged).toEqual([]);
  });

  it('a stream of socket.io counts one use for all its values', async () => {
    const token = await mint();
    running.client.emit('stream', { token });
    expect(await running.more(3)).toEqual([{ value: 1 }, { value: 2 }, { value: 3 }]);
    expect(await used(token)).toBe(1);
  });

  it('a use on success is kept by a stream that fails after its first value, and refunded before it', async () => {
    const token = await mint();
    running.client.emit('no-stream', { token });
    expect(await running.more(1)).toEqual([{ refused: expect.anything() }]);
    expect(await used(token)).toBe(0);
    running.client.emit('broken-stream', { token });
    expect(await running.more(2)).toEqual([{ value: 1 }, { refused: expect.anything() }]);
    expect(await used(token)).toBe(1);
  });
});

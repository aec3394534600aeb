import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { expectOfEvery } from './expectations.js';
import { createStreams, ws } from './gateway.handlers.js';
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

const providers = [...createHandlers(ws), createStreams(ws)];

class RunningWs implements Running {
  readonly hasStatus = false;

  private readonly answers = new Answers();

  private constructor(
    readonly app: INestApplication,
    private readonly url: string,
    private readonly client: WebSocket,
  ) {
    client.on('message', (message: Buffer) => {
      const answer = JSON.parse(message.toString()) as { event?: string; data?: unknown };
      this.answers.arrive(
        answer.event === 'exception' ? { refused: answer.data } : { value: answer.data ?? answer },
      );
    });
  }

  static async start(): Promise<RunningWs> {
    const module = await moduleWith({ providers }).compile();
    const app = module.createNestApplication({ logger: false });
    app.useWebSocketAdapter(new WsAdapter(app));
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    return new RunningWs(app, url, await connect(url));
  }

  /** Another connection to the same application. */
  async another(headers: Record<string, string>, address = ''): Promise<RunningWs> {
    return new RunningWs(this.app, this.url, await connect(this.url + address, headers));
  }

  ask(handler: string, data: Data): Promise<Outcome> {
    return this.send({ event: handler, data });
  }

  send(message: unknown): Promise<Outcome> {
    const answer = this.answers.next();
    this.client.send(JSON.stringify(message));
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
    this.client.terminate();
  }

  async close(): Promise<void> {
    this.disconnect();
    await this.app.close();
  }
}

async function connect(url: string, headers = {}): Promise<WebSocket> {
  const client = new WebSocket(url.replace('http', 'ws'), { headers });
  await once(client, 'open');
  return client;
}

expectOfEvery('WebSockets of ws', () => RunningWs.start());

describe('a message of ws', () => {
  let running: RunningWs;

  beforeAll(async () => {
    running = await RunningWs.start();
  });

  afterAll(() => running.close());

  expectOfHostileData(
    () => serviceOf(running),
    (event, data) => running.send({ event, data }),
  );

  it('a message of ws is not let in by a token of the request that opened the connection', async () => {
    const { value } = await serviceOf(running).mint();
    const client = await running.another({ 'x-token': value }, `/?token=${value}`);
    expect(await client.ask('consume', {})).toEqual({
      refused: running.refusal('TEMPID_MISSING', 'A token is needed.'),
    });
    client.disconnect();
  });

  it('a message of ws is not let in by the token of another connection', async () => {
    const { value, id } = await serviceOf(running).mint({ maxUses: 5 });
    const client = await running.another({});
    const answers = await Promise.all([
      running.ask('consume', { token: value }),
      client.ask('consume', {}),
    ]);
    expect(answers).toEqual([
      { value: id },
      { refused: running.refusal('TEMPID_MISSING', 'A token is needed.') },
    ]);
    client.disconnect();
  });

  it('a stream of ws counts one use for all its values', async () => {
    const tempid = serviceOf(running);
    const { value } = await tempid.mint({ maxUses: 5 });
    expect(await running.ask('stream', { token: value })).toEqual({ value: 1 });
    expect(await running.more(2)).toEqual([{ value: 2 }, { value: 3 }]);
    expect((await tempid.usesInfo(value)).used).toBe(1);
  });

  it('a use on success is kept by a stream that fails after its first value, and refunded before it', async () => {
    const tempid = serviceOf(running);
    const { value } = await tempid.mint({ maxUses: 5 });
    expect(await running.ask('no-stream', { token: value })).toHaveProperty('refused');
    expect((await tempid.usesInfo(value)).used).toBe(0);
    expect(await running.ask('broken-stream', { token: value })).toEqual({ value: 1 });
    expect(await running.more(1)).toEqual([{ refused: expect.anything() }]);
    expect((await tempid.usesInfo(value)).used).toBe(1);
  });
});

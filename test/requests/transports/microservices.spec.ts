import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, type INestMicroservice, Logger } from '@nestjs/common';
import {
  type ClientOptions,
  type ClientProxy,
  ClientProxyFactory,
  Ctx,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
  type RedisOptions,
  Transport,
} from '@nestjs/microservices';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, type Server } from 'node:net';
import {
  concat,
  firstValueFrom,
  from,
  lastValueFrom,
  type Observable,
  of,
  Subject,
  throwError,
  toArray,
} from 'rxjs';
import { CurrentTempID, type TempID, UseTempID } from '../../../src/index.js';
import { describeWith } from '../../support/services.js';
import { expectOfEvery } from './expectations.js';
import { createHandlers, type Dialect } from './handlers.js';
import { expectOfHostileData } from './hostile-data.js';
import {
  type Data,
  moduleWith,
  type Outcome,
  recordLogs,
  type Running,
  serviceOf,
} from './running.js';

// On Redis a pattern is a channel, which everybody hears who uses the server.
const RUN = randomUUID();
const patternOf = (name: string) => `${RUN}.${name}`;

const dialect: Dialect = {
  ofClass: () => Controller(),
  handle: (name) => MessagePattern(patternOf(name)),
  field: (name, ...pipes) => Payload(name, ...pipes),
};

// Without its second parameter the types of the event's data would be asked of the first one.
const onEvent = (name: string) => EventPattern(patternOf(name), undefined);

const events = new Subject<string>();

@Controller()
class EventsController {
  @onEvent('noted')
  @UseTempID(true)
  noted(@CurrentTempID() token: TempID, @Ctx() context: object): void {
    events.next(`${token.id} ${context.constructor.name}`);
  }

  @onEvent('noted')
  @UseTempID({ consume: true, extract: ({ body }) => (body as { other?: string }).other })
  notedAsWell(@CurrentTempID() token: TempID): void {
    events.next(`other ${token.id}`);
  }

  @onEvent('over')
  over(): void {
    events.next('over');
  }

  @MessagePattern(patternOf('stream'))
  @UseTempID({ consume: 'on-success' })
  stream(): Observable<number> {
    return from([1, 2, 3]);
  }

  @MessagePattern(patternOf('broken-stream'))
  @UseTempID({ consume: 'on-success' })
  brokenStream(): Observable<number> {
    return concat(of(1), failure());
  }

  @MessagePattern(patternOf('no-stream'))
  @UseTempID({ consume: 'on-success' })
  noStream(): Observable<number> {
    return failure();
  }
}

/** Ends with the list of events when there are so many; later ones are added to it. */
function collect(count: number): Promise<string[]> {
  const seen: string[] = [];
  return new Promise((resolve) => {
    events.subscribe((event) => {
      if (seen.push(event) === count) resolve(seen);
    });
  });
}

const failure = () => throwError(() => new Error('the handler failed'));

const controllers = [...createHandlers(dialect), EventsController];

class RunningMicroservice implements Running {
  readonly hasStatus = false;

  private constructor(
    readonly app: INestMicroservice,
    readonly client: ClientProxy,
  ) {}

  static async start(options: MicroserviceOptions): Promise<RunningMicroservice> {
    const module = await moduleWith({ controllers }).compile();
    const app = module.createNestMicroservice<MicroserviceOptions>({ ...options, logger: false });
    await app.listen();
    const client: ClientProxy = ClientProxyFactory.create(
      clientOptions(app, options) as ClientOptions,
    );
    await client.connect();
    return new RunningMicroservice(app, client);
  }

  ask(handler: string, data: Data): Promise<Outcome> {
    return this.send(handler, data);
  }

  async send(handler: string, data: unknown): Promise<Outcome> {
    try {
      return { value: await firstValueFrom(this.client.send<unknown>(patternOf(handler), data)) };
    } catch (refused) {
      return { refused };
    }
  }

  /** Every value of an answer. */
  all(handler: string, data: unknown): Promise<unknown[]> {
    return lastValueFrom(this.client.send<unknown>(patternOf(handler), data).pipe(toArray()));
  }

  refusal(code: string, message: string): unknown {
    return { status: 'error', code, message };
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.app.close();
  }
}

function clientOptions(app: INestMicroservice, options: MicroserviceOptions): MicroserviceOptions {
  if (options !== TCP) return options;
  const { port } = app.unwrap<Server>().address() as AddressInfo;
  return { transport: Transport.TCP, options: { host: '127.0.0.1', port } };
}

const TCP: MicroserviceOptions = {
  transport: Transport.TCP,
  options: { host: '127.0.0.1', port: 0 },
};

function redisAt(address: string): RedisOptions {
  const { hostname, port, username, password } = new URL(address);
  const options = { host: hostname, port: Number(port || 6379), username, password };
  return { transport: Transport.REDIS, options };
}

function expectOfMicroservice(transport: string, options: MicroserviceOptions): void {
  expectOfEvery(`microservices of ${transport}`, () => RunningMicroservice.start(options));

  describe(`a message to a microservice of ${transport}`, () => {
    let running: RunningMicroservice;
    const mint = (maxUses = 5) => serviceOf(running).mint({ maxUses });
    const used = async (token: TempID) => (await serviceOf(running).usesInfo(token)).used;
    const emit = (event: string, data: unknown) =>
      lastValueFrom(running.client.emit(patternOf(event), data), { defaultValue: null });

    beforeAll(async () => {
      running = await RunningMicroservice.start(options);
    });

    afterEach(() => Logger.overrideLogger(false));
    afterAll(() => running.close());

    expectOfHostileData(
      () => serviceOf(running),
      (handler, data) => running.send(handler, data),
      { canBeNothing: false },
    );

    it('an event counts a use and has its token', async () => {
      const token = await mint();
      const seen = collect(1);
      await emit('noted', { token: token.value });
      expect((await seen)[0]).toMatch(new RegExp(`^${token.id} (Tcp|Redis)Context$`));
      expect(await used(token)).toBe(1);
    });

    it('an event without a good token reaches no handler, and no token is logged', async () => {
      const logs = recordLogs();
      const token = await mint(1);
      await serviceOf(running).use(token);
      const seen = collect(1);
      for (const value of [token.value, 'garbage', undefined]) {
        await emit('noted', { token: value });
      }
      await emit('over', {});
      await seen;
      await running.send('verify', { token: (await mint()).value });
      expect(await seen).toEqual(['over']);
      expect(logs()).not.toContain(token.value);
    });

    it('an event of two handlers is asked for a token by each', async () => {
      const [one, other] = [await mint(), await mint()];
      const seen = collect(2);
      await emit('noted', { token: one.value, other: other.value });
      expect((await seen).map((event) => event.replace(/ \w+Context$/, '')).toSorted()).toEqual(
        [one.id, `other ${other.id}`].toSorted(),
      );
      expect([await used(one), await used(other)]).toEqual([1, 1]);
    });

    it('a stream counts one use for all its values', async () => {
      const token = await mint();
      expect(await running.all('stream', { token: token.value })).toEqual([1, 2, 3]);
      expect(await used(token)).toBe(1);
    });

    it('a use on success is kept by a stream that fails after its first value, and refunded before it', async () => {
      const token = await mint();
      await expect(running.all('no-stream', { token: token.value })).rejects.toBeDefined();
      expect(await used(token)).toBe(0);
      await expect(running.all('broken-stream', { token: token.value })).rejects.toBeDefined();
      expect(await used(token)).toBe(1);
    });
  });
}

expectOfMicroservice('TCP', TCP);

describe('a packet to a microservice of TCP', () => {
  it.each([{}, { data: null }])('a packet with nothing but %j has no token', async (data) => {
    const running = await RunningMicroservice.start(TCP);
    const { port } = running.app.unwrap<Server>().address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    const packet = JSON.stringify({ pattern: patternOf('consume'), id: '1', ...data });
    socket.write(`${packet.length}#${packet}`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(String(answer)).toContain('"code":"TEMPID_MISSING"');
    socket.destroy();
    await running.close();
  });
});

describeWith(process.env['TEST_REDIS_URL'], 'microservices of Redis', (url) =>
  expectOfMicroservice('Redis', redisAt(url)),
);

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Body,
  Controller,
  type INestApplication,
  Inject,
  Post,
  type Type,
  UseFilters,
} from '@nestjs/common';
import {
  ClientProxyFactory,
  type ClientProxy,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
  Transport,
} from '@nestjs/microservices';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { firstValueFrom } from 'rxjs';
import { io, type Socket } from 'socket.io-client';
import {
  CurrentTempID,
  type TempID,
  TempIDExceptionFilter,
  TempIDService,
  UseTempID,
} from '../../../src/index.js';
import { json } from '../../support/http.js';
import { moduleWith } from './running.js';

@Controller()
class JoinController {
  @Post('join')
  @MessagePattern('join')
  @UseTempID({ consume: 'on-success' })
  join(@CurrentTempID() token: TempID): string {
    return token.id;
  }
}

@WebSocketGateway()
class JoinGateway {
  @SubscribeMessage('join')
  @UseTempID({ consume: 'on-success' })
  join(@CurrentTempID() token: TempID): string {
    return token.id;
  }
}

describe('an application of HTTP, WebSockets and a microservice at once', () => {
  let app: INestApplication;
  let microservice: ClientProxy;
  let socket: Socket;

  const post = async (token?: string) =>
    (await fetch(`${await app.getUrl()}/join`, json({ token }))).json();
  const emit = (token?: string) => socket.timeout(5_000).emit('join', { token });
  const send = (token?: string) => firstValueFrom(microservice.send<unknown>('join', { token }));

  beforeAll(async () => {
    const module = await moduleWith({
      controllers: [JoinController],
      providers: [JoinGateway],
    }).compile();
    app = module.createNestApplication({ logger: false });
    app.useWebSocketAdapter(new IoAdapter(app));
    const options = { host: '127.0.0.1', port: await freePort() };
    app.connectMicroservice<MicroserviceOptions>({ transport: Transport.TCP, options });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    microservice = ClientProxyFactory.create({ transport: Transport.TCP, options });
    socket = io(await app.getUrl(), { transports: ['websocket'] });
    await new Promise((resolve) => socket.once('connect', () => resolve(null)));
  });

  afterAll(async () => {
    socket.disconnect();
    await microservice.close();
    await app.close();
  });

  it('one token has one count of uses, by whichever transport it comes', async () => {
    const { value, id } = await app.get(TempIDService).mint({ maxUses: 3 });
    const url = `${await app.getUrl()}/join`;
    expect(await (await fetch(url, json({ token: value }))).text()).toBe(id);
    expect(await socket.emitWithAck('join', { token: value })).toBe(id);
    expect(await send(value)).toBe(id);
    await expect(send(value)).rejects.toMatchObject({ code: 'TEMPID_EXHAUSTED' });
  });

  it('each client is told of a refusal as its transport does', async () => {
    const refusal = { code: 'TEMPID_MISSING', message: 'A token is needed.' };
    expect(await post()).toEqual({ statusCode: 401, error: 'Unauthorized', ...refusal });
    const exception = new Promise((resolve) => socket.once('exception', resolve));
    emit();
    expect(await exception).toEqual({ status: 'error', ...refusal });
    await expect(send()).rejects.toEqual({ status: 'error', ...refusal });
  });
});

@Controller()
class UsingController {
  constructor(@Inject(TempIDService) private readonly tempid: TempIDService) {}

  @Post('use')
  @MessagePattern('use')
  async use(@Body() @Payload() { token }: { token: string }): Promise<string> {
    return (await this.tempid.useOrThrow(token)).id;
  }
}

@UseFilters(TempIDExceptionFilter)
class FilteredController extends UsingController {}

describe('an error of ours that leaves a handler of an application with a microservice', () => {
  const REFUSAL = { code: 'TEMPID_FORMAT', message: 'The token is not valid.' };

  it.each([
    ['inherits its configuration', UsingController, { inheritAppConfig: true }, REFUSAL],
    ['has the filter on its handlers', FilteredController, {}, REFUSAL],
    ['has neither', UsingController, {}, { message: 'Internal server error' }],
  ] as const)(
    'an error of ours is told as it says where the microservice %s',
    async (_, controller, inheriting, refusal) => {
      const module = await moduleWith({ controllers: [controller as Type] }).compile();
      const app = module.createNestApplication({ logger: false });
      const options = { host: '127.0.0.1', port: await freePort() };
      app.connectMicroservice<MicroserviceOptions>(
        { transport: Transport.TCP, options },
        inheriting,
      );
      await app.startAllMicroservices();
      await app.listen(0, '127.0.0.1');
      const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
      const answer = firstValueFrom(client.send('use', { token: 'garbage' }));
      await expect(answer).rejects.toEqual({ status: 'error', ...refusal });
      const byHttp = await fetch(`${await app.getUrl()}/use`, json({ token: 'garbage' }));
      expect([byHttp.status, await byHttp.json()]).toEqual([
        401,
        { statusCode: 401, error: 'Unauthorized', ...REFUSAL },
      ]);
      await client.close();
      await app.close();
    },
  );
});

/** Whoever takes the port in between makes the test fail, and no other one. */
async function freePort(): Promise<number> {
  const server: Server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

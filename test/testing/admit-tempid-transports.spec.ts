import { ApolloDriver } from '@nestjs/apollo';
import { Controller, type INestApplication, type INestMicroservice } from '@nestjs/common';
import { GraphQLModule, Query, Resolver } from '@nestjs/graphql';
import {
  ClientProxyFactory,
  MessagePattern,
  type MicroserviceOptions,
  Transport,
} from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import {
  CurrentTempID,
  type TempID,
  TempIDGuard,
  TempIDModule,
  TokenPayload,
  UseTempID,
} from '../../src/index.js';
import { admitTempID } from '../../src/testing/index.js';
import { json } from '../support/http.js';

const guard = admitTempID({ subject: 'ada', payload: { teamId: 3 } });

const text = (teamId: number, { subject }: TempID) => `${subject} of ${teamId}`;

@Resolver()
class TeamResolver {
  @Query(() => String)
  @UseTempID({ consume: 'on-success' })
  team(@TokenPayload('teamId') teamId: number, @CurrentTempID() token: TempID): string {
    return text(teamId, token);
  }
}

@WebSocketGateway()
class TeamGateway {
  @SubscribeMessage('team')
  @UseTempID({ consume: 'on-success' })
  team(@TokenPayload('teamId') teamId: number, @CurrentTempID() token: TempID) {
    return { event: 'team', data: text(teamId, token) };
  }
}

@Controller()
class TeamController {
  @MessagePattern('team')
  @UseTempID({ consume: 'on-success' })
  team(@TokenPayload('teamId') teamId: number, @CurrentTempID() token: TempID): string {
    return text(teamId, token);
  }
}

const compile = (metadata: Parameters<typeof Test.createTestingModule>[0]) =>
  Test.createTestingModule({
    ...metadata,
    imports: [TempIDModule.forRoot(), ...(metadata.imports ?? [])],
  })
    .overrideGuard(TempIDGuard)
    .useValue(guard)
    .compile();

describe('admitTempID() in place of a guard', () => {
  it('should give its token to a resolver of GraphQL', async () => {
    const graphql = GraphQLModule.forRoot({ driver: ApolloDriver, autoSchemaFile: true });
    const module = await compile({ imports: [graphql], providers: [TeamResolver] });
    const app: INestApplication = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    const query = '{ one: team other: team }';
    const response = await fetch(`${await app.getUrl()}/graphql`, json({ query }));
    expect(await response.json()).toEqual({ data: { one: 'ada of 3', other: 'ada of 3' } });
    await app.close();
  });

  it('should give its token to a gateway', async () => {
    const module = await compile({ providers: [TeamGateway] });
    const app: INestApplication = module.createNestApplication({ logger: false });
    app.useWebSocketAdapter(new WsAdapter(app));
    await app.listen(0, '127.0.0.1');
    const client = new WebSocket((await app.getUrl()).replace('http', 'ws'));
    await once(client, 'open');
    client.send(JSON.stringify({ event: 'team', data: {} }));
    const [message] = (await once(client, 'message')) as [Buffer];
    expect(JSON.parse(message.toString())).toEqual({ event: 'team', data: 'ada of 3' });
    client.terminate();
    await app.close();
  });

  it('should give its token to a microservice', async () => {
    const module = await compile({ controllers: [TeamController] });
    const app: INestMicroservice = module.createNestMicroservice<MicroserviceOptions>({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: 0 },
      logger: false,
    });
    await app.listen();
    const { port } = app.unwrap<Server>().address() as AddressInfo;
    const client = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port },
    });
    expect(await firstValueFrom(client.send<unknown>('team', {}))).toBe('ada of 3');
    await client.close();
    await app.close();
  });
});

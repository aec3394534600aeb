// One ticket for two, spent by GraphQL, by a WebSocket and by a microservice: npm run example:transports
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Args, GraphQLModule, Mutation, Query, Resolver } from '@nestjs/graphql';
import {
  ClientProxyFactory,
  MessagePattern,
  type MicroserviceOptions,
  Transport,
} from '@nestjs/microservices';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { TempIDModule, TempIDService, TokenPayload, UseTempID } from 'nestjs-tempid';
import { firstValueFrom } from 'rxjs';
import { io } from 'socket.io-client';

const TICKET = { purpose: 'ticket', consume: true } as const;

@Resolver()
class TicketResolver {
  @Query(() => String)
  film(): string {
    return 'Metropolis';
  }

  @Mutation(() => String)
  @UseTempID(TICKET)
  enter(
    @Args('token', { nullable: true }) _token: string, // in the schema, so that a client may send it
    @TokenPayload('seat') seat: string,
  ): string {
    return `seat ${seat}, by GraphQL`;
  }
}

@WebSocketGateway()
class TicketGateway {
  @SubscribeMessage('enter')
  @UseTempID(TICKET)
  enter(@TokenPayload('seat') seat: string): { event: string; data: string } {
    return { event: 'entered', data: `seat ${seat}, by a WebSocket` };
  }
}

@Controller()
class TicketController {
  @MessagePattern('enter')
  @UseTempID(TICKET)
  enter(@TokenPayload('seat') seat: string): string {
    return `seat ${seat}, by a microservice`;
  }
}

@Module({
  imports: [
    TempIDModule.forRoot({ secret: 'a secret of an example that is long enough' }),
    GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true }),
  ],
  controllers: [TicketController],
  providers: [TicketResolver, TicketGateway],
})
class ExampleModule {}

const app = await NestFactory.create(ExampleModule, { logger: ['error'] });
const tcp = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } } as const;
const microservice = app.connectMicroservice<MicroserviceOptions>(tcp);
await app.startAllMicroservices();
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();
const { port } = microservice.unwrap<{ address(): { port: number } }>().address();

const ticket = await app
  .get(TempIDService)
  .mint({ purpose: 'ticket', maxUses: 2, payload: { seat: '7A' } });
const token = ticket.value;

const response = await fetch(`${url}/graphql`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    query: 'mutation ($token: String) { enter(token: $token) }',
    variables: { token },
  }),
});
console.log(JSON.stringify(await response.json()));

const socket = io(url, { transports: ['websocket'] });
const told = new Promise((resolve) => {
  for (const event of ['entered', 'exception']) socket.once(event, resolve);
});
socket.emit('enter', { token });
console.log(JSON.stringify(await told));
socket.disconnect();

const client = ClientProxyFactory.create({
  transport: Transport.TCP,
  options: { host: '127.0.0.1', port },
});
const answer = await firstValueFrom(client.send('enter', { token })).catch(
  (error: unknown) => error,
);
console.log(JSON.stringify(answer));
client.close();

await app.close();

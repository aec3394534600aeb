import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Args, Query, Resolver, Subscription } from '@nestjs/graphql';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { CurrentTempID, type TempID, TempIDService, UseTempID } from '../../../src/index.js';
import { RunningGraphQL } from './graphql.app.js';

@Resolver()
class NewsResolver {
  @Query(() => String)
  nothing(): string {
    return 'nothing';
  }

  @Subscription(() => String)
  @UseTempID(true)
  async *news(
    @Args('token', { type: () => String, nullable: true }) _token: unknown,
    @CurrentTempID() token: TempID,
  ): AsyncGenerator<{ news: string }> {
    yield { news: `first for ${token.id}` };
    yield { news: 'second' };
  }
}

interface Context {
  readonly req?: object;
  readonly extra?: { readonly request: object };
}

describe('a subscription of GraphQL', () => {
  let running: RunningGraphQL;
  let url: string;
  const mint = () => running.app.get(TempIDService).mint({ maxUses: 1 });

  beforeAll(async () => {
    running = await RunningGraphQL.start('Apollo on Express', [NewsResolver], {
      subscriptions: { 'graphql-ws': true },
      context: ({ req, extra }: Context) => ({ req: req ?? extra?.request }),
    });
    url = `${(await running.app.getUrl()).replace('http', 'ws')}/graphql`;
  });

  afterAll(() => running.close());

  /** What the server says of one subscription until it ends. */
  async function subscribe(variables: object, headers = {}): Promise<unknown[]> {
    const client = new WebSocket(url, 'graphql-transport-ws', { headers });
    await once(client, 'open');
    client.send(JSON.stringify({ type: 'connection_init' }));
    await once(client, 'message');
    const query = 'subscription ($token: String) { news(token: $token) }';
    client.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }));
    const said: unknown[] = [];
    return new Promise((resolve) => {
      client.on('message', (message: Buffer) => {
        const { type, payload } = JSON.parse(message.toString()) as {
          type: string;
          payload?: unknown;
        };
        if (payload) said.push(payload);
        if (type === 'next') return;
        client.terminate();
        resolve(said);
      });
    });
  }

  it.each([
    ['an argument', (token: string) => subscribe({ token })],
    [
      'a header of the request that opened the connection',
      (token: string) => subscribe({}, { 'x-token': token }),
    ],
  ])(
    'a subscription counts one use for all events, of its token that is %s',
    async (_, subscribeWith) => {
      const { value, id } = await mint();
      expect(await subscribeWith(value)).toEqual([
        { data: { news: `first for ${id}` } },
        { data: { news: 'second' } },
      ]);
      expect(JSON.stringify(await subscribeWith(value))).toContain('"code":"TEMPID_EXHAUSTED"');
    },
  );

  it('a subscription without a token is refused', async () => {
    expect(JSON.stringify(await subscribe({}))).toContain('"code":"TEMPID_MISSING"');
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Args,
  Field,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
} from '@nestjs/graphql';
import { Logger, type Type } from '@nestjs/common';
import { TempIDService, UseTempID } from '../../../src/index.js';
import { expectOfEvery } from './expectations.js';
import { GRAPHQL_SERVERS, RunningGraphQL } from './graphql.app.js';
import { recordLogs } from './running.js';

@Resolver()
class FieldsResolver {
  @Query(() => String)
  @UseTempID(true)
  field(
    @Args('token', { type: () => String, nullable: true }) _token: unknown,
    @Args('name', { type: () => String, nullable: true }) name: string,
  ): string {
    return name;
  }

  @Query(() => String, { nullable: true })
  @UseTempID({ consume: true, extract: ({ body }) => tokenOfInput(body) })
  inInput(@Args('tokens', { type: () => [String] }) _tokens: unknown): string {
    return 'done';
  }

  @Query(() => String)
  @UseTempID(true)
  required(): string {
    return 'done';
  }

  @Mutation(() => String, { nullable: true })
  @UseTempID({ consume: 'on-success' })
  change(
    @Args('token', { type: () => String, nullable: true }) _token: unknown,
    @Args('fail', { type: () => Boolean, nullable: true }) fail: unknown,
  ): string {
    if (fail) throw new Error('the handler failed');
    return 'done';
  }
}

@ObjectType()
class Team {
  @Field(() => String)
  name!: string;
}

@Resolver(() => Team)
@UseTempID(true)
class TeamResolver {
  @Query(() => [Team])
  @UseTempID()
  teams(): Team[] {
    return [{ name: 'a' }, { name: 'b' }, { name: 'c' }];
  }

  @ResolveField(() => String)
  secret(@Parent() { name }: Team): string {
    return `secret of ${name}`;
  }
}

function tokenOfInput(args: unknown): string | undefined {
  return (args as { tokens: string[] }).tokens[0];
}

const providers: Type<object>[] = [FieldsResolver];

for (const server of GRAPHQL_SERVERS) {
  expectOfEvery(`GraphQL by ${server}`, () => RunningGraphQL.start(server));

  describe(`a token in GraphQL by ${server}`, () => {
    let running: RunningGraphQL;
    const mint = async (maxUses: number) =>
      (await running.app.get(TempIDService).mint({ maxUses })).value;
    const used = async (token: string) =>
      (await running.app.get(TempIDService).usesInfo(token)).used;

    beforeAll(async () => {
      running = await RunningGraphQL.start(server, providers);
    });

    afterAll(() => running.close());

    it.each([
      ['the header X-Token', (token: string) => ({ headers: { 'x-token': token } })],
      ['Authorization', (token: string) => ({ headers: { authorization: `Bearer ${token}` } })],
      ['the address', (token: string) => ({ address: `?token=${token}` })],
    ])('a token is found in %s of the request around the query', async (_, place) => {
      const token = await mint(1);
      const { headers, address } = { headers: {}, address: '', ...place(token) };
      const answer = await running.send({ query: '{ field(name: "a") }' }, headers, address);
      expect(answer).toMatchObject({ data: { field: 'a' }, errors: [] });
      expect(await used(token)).toBe(1);
    });

    it('a token in the argument is read before that in the header', async () => {
      const [near, far] = [await mint(1), await mint(1)];
      const answer = await running.send(
        {
          query: 'query ($token: String) { field(token: $token, name: "a") }',
          variables: { token: near },
        },
        { 'x-token': far },
      );
      expect(answer.data).toEqual({ field: 'a' });
      expect([await used(near), await used(far)]).toEqual([1, 0]);
    });

    it('a token in the body of the request beside the query is not read', async () => {
      const { errors } = await running.send({
        query: '{ field(name: "a") }',
        variables: { token: await mint(1) },
        token: await mint(1),
      });
      expect(errors[0]?.extensions['code']).toBe('TEMPID_MISSING');
    });

    it('each field that asks for a token counts a use, also under an alias', async () => {
      const token = await mint(10);
      const answer = await running.send(
        { query: '{ a: field(name: "a") b: field(name: "b") c: field(name: "c") }' },
        { 'x-token': token },
      );
      expect(answer.data).toEqual({ a: 'a', b: 'b', c: 'c' });
      expect(await used(token)).toBe(3);
    });

    it('no more aliases are let through than the token has uses', async () => {
      const token = await mint(2);
      const aliases = Array.from(
        { length: 20 },
        (_, index) => `a${index}: inInput(tokens: $tokens)`,
      );
      const answer = await running.send({
        query: `query ($tokens: [String!]!) { ${aliases.join(' ')} }`,
        variables: { tokens: [token] },
      });
      const values = Object.values(answer.data ?? {});
      expect(values.filter((value) => value === 'done')).toHaveLength(2);
      expect(answer.errors.map(({ extensions }) => extensions['code'])).toEqual(
        Array(18).fill('TEMPID_EXHAUSTED'),
      );
      expect(await used(token)).toBe(2);
    });

    it('a field that stands twice in the query counts one use', async () => {
      const token = await mint(5);
      await running.send({ query: '{ required required }' }, { 'x-token': token });
      expect(await used(token)).toBe(1);
    });

    it('each field of a mutation asks for the token, one after the other', async () => {
      const token = await mint(1);
      const answer = await running.send({
        query:
          'mutation ($token: String) { a: change(token: $token) b: change(token: $token) c: change }',
        variables: { token },
      });
      const codes = answer.errors.map(({ path, extensions }) => [path[0], extensions['code']]);
      expect(codes).toEqual([
        ['b', 'TEMPID_EXHAUSTED'],
        ['c', 'TEMPID_MISSING'],
      ]);
    });

    it('a use is refunded for the field that fails, and for no other', async () => {
      const token = await mint(5);
      const answer = await running.send({
        query: `mutation ($token: String) { a: change(token: $token) b: change(token: $token, fail: true) }`,
        variables: { token },
      });
      expect(answer.errors.map(({ path }) => path)).toEqual([['b']]);
      expect(await used(token)).toBe(1);
    });

    it('a refused field has the message, and the code as an extension', async () => {
      const answer = await running.send(
        { query: '{ field(name: "a") }' },
        { 'x-token': 'garbage' },
      );
      expect(answer.data).toBeNull();
      const [error] = answer.errors;
      expect(error).toMatchObject({ message: 'The token is not valid.', path: ['field'] });
      const { stacktrace: _, ...extensions } = error?.extensions ?? {};
      expect(extensions).toEqual({ code: 'TEMPID_FORMAT' });
      expect(answer.status).toBe(200);
    });

    it('a token is not read for the next request on the same connection', async () => {
      const token = await mint(10);
      await running.send({ query: '{ field(name: "a") }' }, { 'x-token': token });
      const { errors } = await running.send({ query: '{ field(name: "a") }' });
      expect(errors[0]?.extensions['code']).toBe('TEMPID_MISSING');
      expect(await used(token)).toBe(1);
    });
  });
}

describe.each(GRAPHQL_SERVERS)('a token of a field of many objects by %s', (server) => {
  const query = { query: '{ teams { secret } }' };

  async function ask(maxUses: number, options: object) {
    const running = await RunningGraphQL.start(server, [TeamResolver], options);
    const tempid = running.app.get(TempIDService);
    const token = await tempid.mint({ maxUses });
    const answer = await running.send(query, { 'x-token': token.value });
    const { used } = await tempid.usesInfo(token);
    await running.close();
    return { answer, used };
  }

  it('a field of an object asks for a token only where the application lets guards run on fields', async () => {
    const { answer, used } = await ask(5, {});
    expect(answer.errors).toEqual([]);
    expect(used).toBe(0);
  });

  it('a field of many objects counts one use for each of the objects', async () => {
    const { answer, used } = await ask(2, { fieldResolverEnhancers: ['guards'] });
    expect(answer.errors.map(({ extensions }) => extensions['code'])).toContain('TEMPID_EXHAUSTED');
    expect(used).toBe(2);
  });
});

describe.each(GRAPHQL_SERVERS)('a token of a batch by %s', (server) => {
  it('a batch of queries counts one use for each query', async () => {
    const running = await RunningGraphQL.start(server, providers, {
      allowBatchedHttpRequests: true,
      allowBatchedQueries: true,
    });
    const tempid = running.app.get(TempIDService);
    const token = await tempid.mint({ maxUses: 2 });
    const query = { query: '{ field(name: "a") }' };
    const answers = await running.sendBatch([query, query, query], { 'x-token': token.value });
    expect(answers.filter(({ data }) => data?.['field'] === 'a')).toHaveLength(2);
    expect(answers.flatMap(({ errors = [] }) => errors)).toMatchObject([
      { extensions: { code: 'TEMPID_EXHAUSTED' } },
    ]);
    await running.close();
  });
});

describe('a token in GraphQL by Mercurius, compiled', () => {
  it('a query that was compiled once asks for a token at every run', async () => {
    const running = await RunningGraphQL.start('Mercurius on Fastify', providers, { jit: 1 });
    const token = (await running.app.get(TempIDService).mint({ maxUses: 10 })).value;
    const ask = (headers: Record<string, string>) =>
      running.send({ query: '{ a: field(name: "a") b: field(name: "b") }' }, headers);
    for (let round = 0; round < 3; round++) {
      expect((await ask({ 'x-token': token })).data).toEqual({ a: 'a', b: 'b' });
      const { errors } = await ask({});
      expect(errors.map(({ extensions }) => extensions['code'])).toContain('TEMPID_MISSING');
    }
    expect((await running.app.get(TempIDService).usesInfo(token)).used).toBe(6);
    await running.close();
  });
});

describe.each(GRAPHQL_SERVERS)('what a token lets through by GET from %s', (server) => {
  it('what a token lets through by GET is kept by no cache', async () => {
    const running = await RunningGraphQL.start(server, providers);
    const token = await running.app.get(TempIDService).mint({ maxUses: 1 });
    const { status, caching } = await running.get('{ field(name: "a") }', {
      'x-token': token.value,
    });
    expect([status, caching]).toEqual([200, 'no-store']);
    await running.close();
  });
});

describe.each(['Apollo on Express', 'Mercurius on Fastify'] as const)(
  'a token in GraphQL by %s with one context for all requests',
  (server) => {
    it('a context that all requests share lets nobody in but the request with the token', async () => {
      const context = { shared: true };
      const running = await RunningGraphQL.start(server, providers, { context });
      const tempid = running.app.get(TempIDService);
      const token = await tempid.mint({ maxUses: 10 });
      const query = { query: '{ field(name: "a") }' };
      expect((await running.send(query, { 'x-token': token.value })).data).toEqual({ field: 'a' });
      const logs = recordLogs();
      const { data, errors } = await running.send(query);
      Logger.overrideLogger(false);
      expect(data).toBeNull();
      // Nest 12 gives each request of Apollo an object of its own.
      expect(`${errors[0]?.message} ${logs()}`).toMatch(
        /A token is needed|^Internal server error .*'context' of GraphQLModule is one object/s,
      );
      expect((await tempid.usesInfo(token)).used).toBe(1);
      await running.close();
    });
  },
);

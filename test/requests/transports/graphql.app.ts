import type { INestApplication } from '@nestjs/common';
import { ApolloDriver } from '@nestjs/apollo';
import { Args, GraphQLModule, Query, Resolver } from '@nestjs/graphql';
import { MercuriusDriver } from '@nestjs/mercurius';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Type } from '@nestjs/common';
import { json } from '../../support/http.js';
import { createHandlers } from './handlers.js';
import { type Data, moduleWith, type Outcome, type Running } from './running.js';

export const GRAPHQL_SERVERS = [
  'Apollo on Express',
  'Apollo on Fastify',
  'Mercurius on Fastify',
] as const;
export type GraphQLServer = (typeof GRAPHQL_SERVERS)[number];

export interface GraphQLAnswer {
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly GraphQLError[];
}

interface GraphQLError {
  readonly message: string;
  readonly path: readonly string[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

// One class for all servers: what GraphQL's decorators note of a class is noted once.
const resolvers = createHandlers({
  ofClass: () => Resolver(),
  handle: (name) => Query(() => String, { name }),
  field: (name, ...pipes) => Args({ name, type: () => String, nullable: true }, ...pipes),
});

export class RunningGraphQL implements Running {
  readonly hasStatus = false;

  private constructor(
    readonly app: INestApplication,
    private readonly url: string,
  ) {}

  static async start(
    server: GraphQLServer,
    providers: Type<object>[] = resolvers,
    options: object = {},
  ): Promise<RunningGraphQL> {
    const driver = server.startsWith('Apollo') ? ApolloDriver : MercuriusDriver;
    const graphql = GraphQLModule.forRoot({ driver, autoSchemaFile: true, ...options });
    const module = await moduleWith({ imports: [graphql], providers }).compile();
    const app = server.endsWith('Fastify')
      ? module.createNestApplication(new FastifyAdapter(), { logger: false })
      : module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    return new RunningGraphQL(app, await app.getUrl());
  }

  async send(
    body: object,
    headers: Record<string, string> = {},
    query = '',
  ): Promise<GraphQLAnswer> {
    const response = await this.post(body, headers, query);
    const { data, errors = [] } = (await response.json()) as Partial<GraphQLAnswer>;
    return { status: response.status, data: data ?? null, errors };
  }

  async sendBatch(
    batch: readonly object[],
    headers: Record<string, string>,
  ): Promise<Partial<GraphQLAnswer>[]> {
    const response = await this.post(batch, headers);
    return (await response.json()) as Partial<GraphQLAnswer>[];
  }

  async get(query: string, headers: Record<string, string>) {
    const response = await fetch(`${this.url}/graphql?query=${encodeURIComponent(query)}`, {
      // Without it Apollo takes no query by GET.
      headers: { 'apollo-require-preflight': '1', ...headers },
    });
    await response.text();
    return { status: response.status, caching: response.headers.get('cache-control') };
  }

  private post(body: object, headers: Record<string, string>, query = ''): Promise<Response> {
    return fetch(`${this.url}/graphql${query}`, {
      ...json(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  }

  async ask(handler: string, data: Data): Promise<Outcome> {
    const names = Object.keys(data ?? {});
    const declared = names.map((name) => `$${name}: String`).join(', ');
    const given = names.map((name) => `${name}: $${name}`).join(', ');
    const within = (list: string) => (list ? `(${list})` : '');
    const answer = await this.send({
      query: `query ${within(declared)} { value: ${handler}${within(given)} }`,
      variables: data,
    });
    const [error] = answer.errors;
    return error
      ? { refused: { message: error.message, code: error.extensions?.['code'] } }
      : { value: answer.data?.['value'] };
  }

  refusal(code: string, message: string): unknown {
    return { code, message };
  }

  async close(): Promise<void> {
    await this.app.close();
  }
}

import { Body, Controller, type INestApplication, Post } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { json, type Platform, PLATFORMS } from '../../support/http.js';
import { expectOfEvery } from './expectations.js';
import { createHandlers } from './handlers.js';
import { type Data, moduleWith, type Outcome, type Running } from './running.js';

const controllers = createHandlers({
  ofClass: () => Controller(),
  handle: (name) => Post(name),
  field: (name, ...pipes) => Body(name, ...pipes),
});

const STATUS: Readonly<Record<string, readonly [number, string]>> = {
  TEMPID_STORE_UNAVAILABLE: [503, 'Service Unavailable'],
  TEMPID_ALREADY_USED: [409, 'Conflict'],
};

class RunningHttp implements Running {
  readonly hasStatus = true;

  private constructor(
    readonly app: INestApplication,
    private readonly url: string,
  ) {}

  static async start(platform: Platform): Promise<RunningHttp> {
    const module = await moduleWith({ controllers }).compile();
    const app =
      platform === 'Fastify'
        ? module.createNestApplication(new FastifyAdapter(), { logger: false })
        : module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    return new RunningHttp(app, await app.getUrl());
  }

  async ask(handler: string, data: Data): Promise<Outcome> {
    const response = await fetch(`${this.url}/${handler}`, json(data ?? {}));
    const text = await response.text();
    return response.ok ? { value: text } : { refused: JSON.parse(text) };
  }

  refusal(code: string, message: string): unknown {
    const [statusCode, error] = STATUS[code] ?? [401, 'Unauthorized'];
    return { statusCode, error, code, message };
  }

  async close(): Promise<void> {
    await this.app.close();
  }
}

for (const platform of PLATFORMS) expectOfEvery(platform, () => RunningHttp.start(platform));

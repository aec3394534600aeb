import {
  type DynamicModule,
  type INestApplication,
  type Provider,
  type Type,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { TempIDModule, TempIDService } from '../../src/index.js';
import type { OPTIONS_TYPE } from '../../src/config/module-definition.js';
import { DefaultLedger, withDefaultFormat } from './default-format.js';
import { SECRET } from './secrets.js';

export const PLATFORMS = ['Express', 'Fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** A real application that listens, and what a test does with it. */
export interface RunningApp {
  readonly app: INestApplication;
  readonly tempid: TempIDService;
  readonly url: string;
  /** Sends a request, and answers its status, its headers and its body, parsed where it is JSON. */
  send(path: string, init?: RequestInit): Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export async function startApp(
  platform: Platform | FastifyAdapter,
  controllers: Type[],
  options: typeof OPTIONS_TYPE = {},
  providers: Provider[] = [],
  configure: (app: INestApplication) => void = () => {},
  imports: DynamicModule[] = [],
): Promise<RunningApp> {
  const module = await Test.createTestingModule({
    imports: [
      TempIDModule.forRoot(
        withDefaultFormat({
          secret: SECRET,
          accept: ['v3', 'v2'] as const,
          ledger: DefaultLedger,
          ...options,
        }),
      ),
      ...imports,
    ],
    controllers,
    providers,
  }).compile();
  const adapter = platform === 'Fastify' ? new FastifyAdapter() : platform;
  const app =
    adapter === 'Express'
      ? module.createNestApplication({ logger: false })
      : module.createNestApplication(adapter, { logger: false });
  configure(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const send = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(url + path, init);
    const text = await response.text();
    const isJson = text !== '' && response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
    };
  };
  return { app, url, tempid: app.get(TempIDService), send };
}

/** What `fetch` needs to post JSON. */
export function json(body: object): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

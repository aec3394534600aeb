import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';
import {
  type DynamicModule,
  type INestApplication,
  type Type,
  ValidationPipe,
} from '@nestjs/common';
import {
  CONTROLLER_WATERMARK,
  INJECTABLE_WATERMARK,
  MODULE_METADATA,
} from '@nestjs/common/constants.js';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { TempIDModule, TempIDService } from 'nestjs-tempid';
import session from 'express-session';
import { json } from '../../support/http.js';
import type { Example } from './compile.js';

type Exports = Readonly<Record<string, unknown>>;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** An example that was imported, and the application that it is. */
export class Running {
  constructor(
    /** What the example exports, and what the modules do that it imports. */
    readonly exports: Exports,
    private readonly module: string,
    private readonly started: INestApplication | undefined,
    readonly url: string,
    private readonly process?: ChildProcess,
  ) {}

  /** Of an example in a process of its own: what a provider has, or what a method of it returns, as JSON. */
  async call(name: string, member: string, ...args: unknown[]): Promise<unknown> {
    if (!this.process) throw new Error('The example is in this process: find it.');
    this.process.send({ name, member, args });
    const [value] = (await once(this.process, 'message')) as [unknown];
    return value;
  }

  /** Ends the process of its own. */
  end(): void {
    this.process?.disconnect();
  }

  /** What another example of the same page exports. */
  sibling(file: string): Promise<Exports> {
    return import(join(dirname(this.module), file.replace(/\.ts$/, '.js'))) as Promise<Exports>;
  }

  get app(): INestApplication {
    if (!this.started) throw new Error('The example exports nothing to be started.');
    return this.started;
  }

  get tempid(): TempIDService {
    return this.app.get(TempIDService, { strict: false });
  }

  /** Posts JSON; what is answered, parsed where it is JSON. */
  async post(path: string, body: object): Promise<Answer> {
    const response = await fetch(this.url + path, json(body));
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, body: /^[[{]/.test(text) ? JSON.parse(text) : text };
  }

  /** The provider or the controller of a class by its name, since examples are compiled from copies. */
  find<T>({ name }: Type<T>): T {
    for (const { providers, controllers } of this.app.get(ModulesContainer).values()) {
      for (const { metatype, instance } of [...providers.values(), ...controllers.values()]) {
        if (metatype?.name === name && instance) return instance as T;
      }
    }
    throw new Error(`The application has no ${name}.`);
  }
}

/**
 * Imports an example, which runs a script to its end. One that exports something is put into an application: its
 * `AppModule`, or one of all modules that it exports, or that the files export which it imports; where there are none, of
 * all controllers and providers. Each dynamic module that it exports is started alone.
 */
export async function run(example: Example): Promise<Running> {
  if (OF_COMMONJS.test(example.code)) return runAlone(example);
  const own = (await import(example.module)) as Exports;
  const exports: Record<string, unknown> = {};
  // One after the other: Jest loses modules that two imports ask for at the same time.
  for (const path of example.imports) Object.assign(exports, await import(path));
  Object.assign(exports, own);
  for (const module of Object.values(own).filter(isDynamicModule)) await start(module);
  if (Object.keys(own).length === 0) return new Running(exports, example.module, undefined, '');
  const app = await start((own['AppModule'] as Type | undefined) ?? rootOf(exports));
  return new Running(exports, example.module, app, await app.getUrl());
}

/** A package of CommonJS that requires Nest, whose ES modules Jest cannot require on Node.js 20. */
const OF_COMMONJS = /from '@nestjs\/throttler'/;

async function runAlone({ module }: Example): Promise<Running> {
  const child = fork(join(import.meta.dirname, 'alone.mjs'), [module], { execArgv: [] });
  const [url] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`It ends with ${code}.`))),
  ])) as [string];
  return new Running({}, module, undefined, url, child);
}

async function start(root: Parameters<typeof NestFactory.create>[0]): Promise<INestApplication> {
  const app = await NestFactory.create(root, { logger: false, abortOnError: false });
  // As careful as an application can be: a DTO has to name all that comes.
  const careful = { whitelist: true, forbidNonWhitelisted: true, transform: true };
  app.useGlobalPipes(new ValidationPipe(careful));
  // Handlers that sign somebody in need a session.
  app.use(session({ secret: 'of the tests', resave: false, saveUninitialized: false }));
  await app.listen(0, '127.0.0.1');
  return app;
}

const isDynamicModule = (value: unknown): value is DynamicModule =>
  typeof value === 'object' && value !== null && 'module' in value;

function rootOf(exports: Exports) {
  const marked = (mark: string) =>
    Object.values(exports).filter(
      (value): value is Type => typeof value === 'function' && Reflect.hasOwnMetadata(mark, value),
    );
  const modules = [
    ...new Set([MODULE_METADATA.IMPORTS, MODULE_METADATA.PROVIDERS].flatMap(marked)),
  ];
  const tempid = TempIDModule.forRoot({ isGlobal: true });
  if (modules.length > 0) return { module: class Root {}, imports: [tempid, ...modules] };
  return {
    module: class Root {},
    imports: [tempid],
    controllers: marked(CONTROLLER_WATERMARK),
    providers: marked(INJECTABLE_WATERMARK),
  };
}

export const titleOf = ({ file, line }: Example): string =>
  file === `line-${line}.ts` ? `at line ${line}` : `${basename(file)} at line ${line}`;

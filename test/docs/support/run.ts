import { basename } from 'node:path';
import { type INestApplication, type Type, ValidationPipe } from '@nestjs/common';
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

/** An example that was imported, and the application that it is. */
export class Running {
  constructor(
    /** What the example exports, and what the modules do that it imports. */
    readonly exports: Exports,
    private readonly started: INestApplication | undefined,
    readonly url: string,
  ) {}

  get app(): INestApplication {
    if (!this.started) throw new Error('The example has nothing of which an application is made.');
    return this.started;
  }

  get tempid(): TempIDService {
    return this.app.get(TempIDService, { strict: false });
  }

  /** Posts JSON; what is answered, parsed where it is JSON. */
  async post(path: string, body: object): Promise<{ status: number; body: unknown }> {
    const response = await fetch(this.url + path, json(body));
    const text = await response.text();
    return { status: response.status, body: /^[[{]/.test(text) ? JSON.parse(text) : text };
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
 * Imports an example, which runs a script to its end, and starts the application that it is: its `AppModule`, or one
 * of all modules, controllers and providers that it exports, or that the files export which it imports.
 */
export async function run(example: Example): Promise<Running> {
  const [own = {}, ...imported] = await Promise.all(
    [example.module, ...example.imports].map((path) => import(path) as Promise<Exports>),
  );
  const exports: Exports = Object.assign({}, ...imported, own);
  const root = own['AppModule'] ?? rootOf(exports);
  if (!root) return new Running(exports, undefined, '');
  const app = await NestFactory.create(root, { logger: false, abortOnError: false });
  // As careful as an application can be: a DTO has to name all that comes.
  const careful = { whitelist: true, forbidNonWhitelisted: true, transform: true };
  app.useGlobalPipes(new ValidationPipe(careful));
  // Handlers that sign somebody in need a session.
  app.use(session({ secret: 'of the tests', resave: false, saveUninitialized: false }));
  await app.listen(0, '127.0.0.1');
  return new Running(exports, app, await app.getUrl());
}

function rootOf(exports: Exports) {
  const marked = (mark: string) =>
    Object.values(exports).filter(
      (value): value is Type => typeof value === 'function' && Reflect.hasOwnMetadata(mark, value),
    );
  const controllers = marked(CONTROLLER_WATERMARK);
  const providers = marked(INJECTABLE_WATERMARK);
  const modules = [MODULE_METADATA.IMPORTS, MODULE_METADATA.PROVIDERS].flatMap(marked);
  if ([...controllers, ...providers, ...modules].length === 0) return undefined;
  const imports = [TempIDModule.forRoot({ isGlobal: true }), ...new Set(modules)];
  return { module: class Root {}, imports, controllers, providers };
}

export const titleOf = ({ file, line }: Example): string =>
  file === `line-${line}.ts` ? `at line ${line}` : `${basename(file)} at line ${line}`;

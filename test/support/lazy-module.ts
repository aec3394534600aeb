import { type DynamicModule, type INestApplicationContext, Module } from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import { TempIDModule, TempIDService, TempIDStore } from '../../src/index.js';
import type { TempIDRootOptions } from '../../src/tempid.module.js';
import { SECRET } from './secrets.js';

/** Modules that have been loaded into a running application. */
export interface Loaded {
  readonly context: INestApplicationContext;
  readonly tempid: TempIDService;
  readonly store: TempIDStore;
}

@Module({})
class Root {}

/** An application that runs, without any TempIDModule. */
function runningApplication(): Promise<INestApplicationContext> {
  return NestFactory.createApplicationContext(Root, { logger: false, abortOnError: false });
}

/** Loads a TempIDModule into it, of which Nest calls no hooks then. */
export async function loadInto(
  context: INestApplicationContext,
  options: TempIDRootOptions = {},
  ...imports: DynamicModule[]
): Promise<Loaded> {
  class Lazy {}
  const definition = TempIDModule.forRoot({ secret: SECRET, ...options });
  Module({ imports: [...imports, definition], exports: [definition] })(Lazy);
  const moduleRef = await context.get(LazyModuleLoader).load(() => Lazy);
  const get = <T>(type: abstract new (...args: never) => T): T =>
    moduleRef.get<T>(type, { strict: false });
  return { context, tempid: get(TempIDService), store: get(TempIDStore) };
}

export async function loadLazily(
  options: TempIDRootOptions = {},
  ...imports: DynamicModule[]
): Promise<Loaded> {
  return loadInto(await runningApplication(), options, ...imports);
}

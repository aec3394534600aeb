import {
  type INestApplicationContext,
  Logger,
  type LoggerService,
  type ModuleMetadata,
} from '@nestjs/common';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { inspect } from 'node:util';
import {
  MemoryTempIDStore,
  TempIDModule,
  type TempIDModuleOptions,
  TempIDService,
  TempIDStore,
} from '../../../src/index.js';
import { SECRET } from '../../support/secrets.js';

/** What is sent to a handler; `null` where nothing is. */
export type Data = Readonly<Record<string, string>> | null;

/** What a client was answered: what the handler returned, or what it was told instead. */
export type Outcome = { readonly value: unknown } | { readonly refused: unknown };

/** A real application, and a client that is connected to it. */
export interface Running {
  readonly app: INestApplicationContext;
  /** Whether an answer has a status, by which the guard sees how a request ended. */
  readonly hasStatus: boolean;
  /** Sends a message, or a request, over the connection that all of them share where there is one. */
  ask(handler: string, data: Data): Promise<Outcome>;
  /** What a client is told with a code, in the shape of the transport. */
  refusal(code: string, message: string): unknown;
  close(): Promise<void>;
}

/** Counts in memory until it is told to break. */
export class FragileStore extends MemoryTempIDStore {
  isBroken = false;

  override async consume(...args: Parameters<MemoryTempIDStore['consume']>) {
    if (this.isBroken) throw new Error('no connection');
    return super.consume(...args);
  }
}

/** An application's module with the module that is tested. */
export function moduleWith(
  { imports = [], ...metadata }: ModuleMetadata,
  options: TempIDModuleOptions = {},
): TestingModuleBuilder {
  return Test.createTestingModule({
    ...metadata,
    imports: [
      TempIDModule.forRoot({ secret: SECRET, store: FragileStore, ...options }),
      ...imports,
    ],
  });
}

export const serviceOf = ({ app }: Running) => app.get(TempIDService, { strict: false });
export const storeOf = ({ app }: Running) => app.get<FragileStore>(TempIDStore, { strict: false });

/** Hands answers to those who wait for one, in order: a client is not told which message one is for. */
export class Answers {
  private readonly waiting: ((outcome: Outcome) => void)[] = [];
  private readonly early: Outcome[] = [];

  next(): Promise<Outcome> {
    const outcome = this.early.shift();
    return outcome
      ? Promise.resolve(outcome)
      : new Promise((resolve) => this.waiting.push(resolve));
  }

  arrive(outcome: Outcome): void {
    const resolve = this.waiting.shift();
    if (resolve) resolve(outcome);
    else this.early.push(outcome);
  }
}

/** Everything that Nest's loggers are told from now on, as text. */
export function recordLogs(): () => string {
  const lines: string[] = [];
  const record = (...args: unknown[]) => void lines.push(inspect(args, { depth: 20 }));
  const recorder: LoggerService = {
    log: record,
    error: record,
    warn: record,
    debug: record,
    verbose: record,
    fatal: record,
  };
  Logger.overrideLogger(recorder);
  return () => lines.join('\n');
}

import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { endWithApplication } from './nest-internals.js';

/** Of the module's providers, those that have something to begin and to end. */
export type Part = 'keys' | 'store' | 'ledger' | 'purger';

/** A part, and how far it has begun. */
interface State {
  readonly provider: object;
  /** Undefined where there is nothing to wait for. */
  beginning?: Promise<void> | undefined;
  hasFailed?: boolean;
}

const BEGIN = ['onModuleInit', 'onApplicationBootstrap'] as const;

/**
 * Calls the lifecycle hooks of the module's providers where Nest calls none, as of a module that LazyModuleLoader
 * has loaded: what must begin does so at the first use, and ends with the application. Modules lead to everything
 * that an application has, secrets too: they stay where nothing that prints or serializes objects sees them.
 */
@Injectable()
export class LazyLifecycle implements OnModuleInit, OnModuleDestroy {
  readonly #modules: ModulesContainer;
  readonly #parts = new Map<Part, State>();
  #isCalledByNest = false;
  #hasBegun = false;

  constructor(modules: ModulesContainer) {
    this.#modules = modules;
  }

  onModuleInit(): void {
    this.#isCalledByNest = true;
  }

  /** Nest calls it, too, where an application ends that was never initialized. */
  onModuleDestroy(): void {
    this.#isCalledByNest = true;
  }

  /** Adds a part, which calls this when it is made. */
  add(part: Part, provider: object): void {
    const state: State = { provider };
    this.#parts.set(part, state);
    if (this.#hasBegun) beginPart(state);
  }

  /**
   * Begins what Nest has not begun, at the first call. A part that fails to is tried again by the next one.
   *
   * @returns what to wait for before the part is used; undefined where there is nothing
   */
  begun(part: Part): Promise<void> | undefined {
    if (!this.#hasBegun) {
      if (this.#isCalledByNest) return undefined;
      this.begin();
    }
    const state = this.#parts.get(part);
    if (state?.hasFailed) beginPart(state);
    return state?.beginning;
  }

  private begin(): void {
    this.#hasBegun = true;
    for (const state of this.#parts.values()) beginPart(state);
    endWithApplication(this.#modules, {
      onModuleDestroy: () => this.end('onModuleDestroy'),
      beforeApplicationShutdown: (signal) => this.end('beforeApplicationShutdown', signal),
      onApplicationShutdown: (signal) => this.end('onApplicationShutdown', signal),
    });
  }

  /** Ends all parts, whatever one of them throws; where the use came early, Nest itself does. */
  private async end(hook: string, signal?: string): Promise<void> {
    if (this.#isCalledByNest) return;
    const ends = [...this.#parts.values()].map(({ provider }) => call(provider, hook, signal));
    for (const ended of await Promise.allSettled(ends)) {
      if (ended.status === 'rejected') throw ended.reason;
    }
  }
}

function beginPart(state: State): void {
  const { provider } = state;
  if (!state.hasFailed) for (const hook of BEGIN) callOnce(provider, hook);
  state.hasFailed = false;
  state.beginning = beginInOrder(provider);
  void settle(state);
}

/** A failure is thrown where somebody waits for the part. */
async function settle(state: State): Promise<void> {
  try {
    await state.beginning;
    state.beginning = undefined;
  } catch {
    state.hasFailed = true;
  }
}

async function beginInOrder(provider: object): Promise<void> {
  for (const hook of BEGIN) await call(provider, hook);
}

async function call(provider: object, hook: string, ...args: unknown[]): Promise<void> {
  const method: unknown = Reflect.get(provider, hook);
  if (typeof method === 'function') await Reflect.apply(method, provider, args);
}

/**
 * Has a method called once, however often it is called from now on: Nest calls it later where the module is none
 * that was loaded lazily, but one that was used early. One that has failed is called again.
 */
function callOnce(provider: object, hook: string): void {
  const method: unknown = Reflect.get(provider, hook);
  if (typeof method !== 'function') return;
  let calling: Promise<void> | undefined;
  const once = () => {
    calling ??= call({ [hook]: method.bind(provider) }, hook).catch((error: unknown) => {
      calling = undefined;
      throw error;
    });
    return calling;
  };
  Reflect.defineProperty(provider, hook, { value: once, configurable: true, writable: true });
}

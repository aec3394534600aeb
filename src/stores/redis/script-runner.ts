import type { Connection } from './connection.js';
import { isUnanswered, plainError } from './ioredis-internals.js';
import type { Script } from './scripts.js';

/** A script, its keys and arguments, and how long somebody waits for its answer. */
export interface ScriptCall {
  readonly script: Script;
  /** A Cluster spreads the calls by the first one, and has no others. */
  readonly keys: readonly [string, ...string[]];
  readonly args: readonly string[];
  /** By `performance.now()`: after it nothing is sent any more. */
  readonly deadline: number;
}

/** Runs scripts by their digests. A server that has forgotten one did nothing, and gets it whole. */
export class ScriptRunner {
  constructor(private readonly connection: Connection) {}

  /** @throws Error where there was no answer; the script may have been run then, and is not run again */
  async run(call: ScriptCall): Promise<unknown> {
    const { connection } = this;
    if (!connection.isReady) await connection.ready(call.deadline);
    try {
      return await this.send(call, 'evalsha', call.script.sha1);
    } catch (error) {
      if (!isUnknownScript(error)) throw this.failed(call, error);
    }
    return this.send(call, 'eval', call.script.lua).catch((error: unknown) => {
      throw this.failed(call, error);
    });
  }

  private async send(call: ScriptCall, command: 'eval' | 'evalsha', script: string) {
    if (performance.now() >= call.deadline) throw tooLate();
    return this.connection.client[command](script, ...operandsOf(call));
  }

  private failed({ keys }: ScriptCall, error: unknown): Error {
    if (isUnanswered(error)) this.connection.unanswered(keys[0]);
    return plainError(error);
  }
}

/** What EVAL and EVALSHA take behind the script: how many keys there are, the keys, and the arguments. */
export function operandsOf({ keys, args }: ScriptCall): [number, ...string[]] {
  return [keys.length, ...keys, ...args];
}

/** What is sent when nobody waits for its answer any longer would only spend a use. */
export function tooLate(): Error {
  return new Error('Redis could not be asked in time');
}

/** The server does not know the digest of a script, and ran none. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

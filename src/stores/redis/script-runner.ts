import type { Connection } from './connection.js';
import { plainError, isUnanswered, isUnknownScript } from './failure.js';
import { operandsOf, type ScriptCall, tooLate } from './scripts.js';

/** Runs scripts by their digests; a server that has forgotten one did nothing, and is given it whole. */
export class ScriptRunner {
  constructor(private readonly connection: Connection) {}

  /** @throws Error where there was no answer; the script may have been run then, and is not run again */
  async run(call: ScriptCall): Promise<unknown> {
    const { connection } = this;
    const { script, deadline } = call;
    if (!connection.isReady) await connection.ready(deadline);
    if (performance.now() >= deadline) throw tooLate();
    try {
      return await connection.client.evalsha(script.sha1, ...operandsOf(call));
    } catch (error) {
      if (isUnknownScript(error)) return this.runWhole(call);
      throw this.failed(call, error);
    }
  }

  private async runWhole(call: ScriptCall): Promise<unknown> {
    const { script, deadline } = call;
    if (performance.now() >= deadline) throw tooLate();
    try {
      return await this.connection.client.eval(script.lua, ...operandsOf(call));
    } catch (error) {
      throw this.failed(call, error);
    }
  }

  private failed({ key }: ScriptCall, error: unknown): Error {
    if (isUnanswered(error)) this.connection.unanswered(key);
    return plainError(error);
  }
}

import type { Connection } from './connection.js';
import { plainError, isUnanswered, isUnknownScript } from './failure.js';
import { type ScriptCall, tooLate } from './scripts.js';

/** Runs scripts by their digests; a server that has forgotten one did nothing, and is given it whole. */
export class ScriptRunner {
  constructor(private readonly connection: Connection) {}

  /** @throws Error where there was no answer; the script may have been run then, and is not run again */
  async run(call: ScriptCall): Promise<unknown> {
    await this.connection.ready(call.deadline);
    try {
      return await this.send(call);
    } catch (error) {
      if (isUnanswered(error)) this.connection.unanswered(call.key);
      throw plainError(error);
    }
  }

  private async send(call: ScriptCall): Promise<unknown> {
    const { client } = this.connection;
    const { script, key, args } = call;
    expectInTime(call);
    try {
      return await client.evalsha(script.sha1, 1, key, ...args);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
    }
    expectInTime(call);
    return client.eval(script.lua, 1, key, ...args);
  }
}

function expectInTime({ deadline }: ScriptCall): void {
  if (performance.now() >= deadline) throw tooLate();
}

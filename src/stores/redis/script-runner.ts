import type { Outcome } from './client.js';
import type { Connection } from './connection.js';
import { isUnanswered, placeOf, plainError } from './ioredis-internals.js';
import type { Script } from './scripts.js';

/** A script, its keys and arguments, and how long somebody waits for its answer. */
export interface ScriptCall {
  readonly script: Script;
  /** A Cluster spreads the calls by the first one, and has the others in the same place. */
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

  /** As {@link run}, of scripts that only read: those for one server go there together. */
  async runAll(calls: readonly ScriptCall[]): Promise<ReadonlyMap<ScriptCall, unknown>> {
    const answers = new Map<ScriptCall, unknown>();
    if (calls.length === 0) return answers;
    const { connection } = this;
    const deadline = Math.max(...calls.map((call) => call.deadline));
    if (!connection.isReady) await connection.ready(deadline);
    if (performance.now() >= deadline) throw tooLate();
    const places = new Map<string, ScriptCall[]>();
    for (const call of calls) {
      const place = placeOf(connection.client, call.keys[0]);
      const there = places.get(place);
      if (there) there.push(call);
      else places.set(place, [call]);
    }
    await Promise.all(
      [...places.values()].map(async (there) => {
        const outcomes = await this.outcomesOf(there);
        const answer = async (call: ScriptCall, index: number) =>
          answers.set(call, await this.answerIn(call, outcomes[index]));
        await Promise.all(there.map(answer));
      }),
    );
    return answers;
  }

  private async outcomesOf(calls: readonly ScriptCall[]): Promise<readonly Outcome[]> {
    const pipeline = this.connection.client.pipeline();
    for (const call of calls) pipeline.evalsha(call.script.sha1, ...operandsOf(call));
    // What was sent has outcomes, one by one; the whole is rejected before.
    return (await pipeline.exec().catch(() => null)) ?? [];
  }

  /** What was not run, such as by a server that has forgotten the script or given the key away, is run by itself. */
  private async answerIn(call: ScriptCall, outcome?: Outcome): Promise<unknown> {
    const [error, answer] = outcome ?? [];
    if (outcome && !error) return answer;
    if (error && !isNotRun(error)) throw this.failed(call, error);
    return this.run(call);
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
  return isAnswer(error, 'NOSCRIPT');
}

/** The keys of a script are on their way to another server, one of them here and one there; nothing was run. */
export function isInTransit(error: unknown): boolean {
  return isAnswer(error, 'TRYAGAIN');
}

function isNotRun(error: unknown): boolean {
  return ['NOSCRIPT', 'TRYAGAIN', 'MOVED', 'ASK'].some((answer) => isAnswer(error, answer));
}

function isAnswer(error: unknown, answer: string): boolean {
  return error instanceof Error && error.message.startsWith(`${answer} `);
}

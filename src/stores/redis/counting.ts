import type { ConsumeResult } from '../tempid-store.js';
import type { Connection } from './connection.js';
import type { Replicated } from './pipeline-batcher.js';
import { ReplicatedRunner } from './replicated-runner.js';
import { type ScriptCall, ScriptRunner } from './script-runner.js';
import { NOT_KEPT } from './scripts.js';

/** Runs scripts, reads their answers, and waits for replicas with what must not be lost. */
export class Counting {
  private readonly scripts: ScriptRunner;
  private readonly replicated: ReplicatedRunner | undefined;

  constructor(connection: Connection, waitReplicas: number) {
    this.scripts = new ScriptRunner(connection);
    if (waitReplicas > 0) {
      this.replicated = new ReplicatedRunner(connection, waitReplicas, this.scripts);
    }
  }

  /** Waits for no replica. */
  run(call: ScriptCall): Promise<unknown> {
    return this.scripts.run(call);
  }

  /** @throws Error where the use is allowed, and its count not kept, or not by enough replicas */
  async consume(call: ScriptCall): Promise<ConsumeResult> {
    const { answer, shortage } = await this.runReplicated(call);
    if (!Array.isArray(answer)) throw new Error('the server gave no answer to the script');
    if (Number(answer[0]) === NOT_KEPT) throw notKept();
    const result = { allowed: Number(answer[0]) === 1, used: Number(answer[1]) };
    // Refusing is safe, whatever becomes of the count.
    if (result.allowed && shortage) throw new Error(`the use is spent, but ${shortage}`);
    return result;
  }

  /** @throws Error where it was not kept, and where too few replicas have it, which says that so much is done */
  async write(call: ScriptCall, done: string): Promise<void> {
    const { answer, shortage } = await this.runReplicated(call);
    // A text of a client with `stringNumbers`.
    if (String(answer) !== '0') throw notKept();
    if (shortage) throw new Error(`${done}, but ${shortage}`);
  }

  /** The answer of a script that reads a count. */
  async count(call: ScriptCall): Promise<number> {
    return Number((await this.scripts.run(call)) ?? 0);
  }

  /** The answer of a script that says yes or no. */
  async isTrue(call: ScriptCall): Promise<boolean> {
    const answer = String(await this.scripts.run(call));
    if (answer === '0' || answer === '1') return answer === '1';
    throw new Error('the server gave no answer to the script');
  }

  private async runReplicated(call: ScriptCall): Promise<Replicated> {
    if (this.replicated) return this.replicated.run(call);
    return { answer: await this.scripts.run(call), shortage: undefined };
  }
}

/** It happens only where the process's own clock has jumped. */
function notKept(): Error {
  return new Error('the server kept nothing, as if its time were over');
}

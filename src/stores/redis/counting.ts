import type { ConsumeOptions, ConsumeResult } from '../tempid-store.js';
import { repeatedUse, type UsedBy } from '../used-by.js';
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

  /** @throws Error where it is allowed, and not kept, or not by enough replicas, which says that so much is done */
  async consume(
    call: ScriptCall,
    options: Pick<ConsumeOptions, 'repeat'> = {},
    done = 'the use is spent',
  ): Promise<ConsumeResult> {
    const { answer, shortage } = await this.runReplicated(call);
    if (!Array.isArray(answer)) throw new Error('the server gave no answer to the script');
    const [outcome, used = Number.NaN, at] = answer.map(Number);
    if (outcome === NOT_KEPT) throw notKept();
    const result =
      at === undefined ? { allowed: outcome === 1, used } : repeatedUse(at, used, options);
    // Refusing is safe, whatever becomes of the count.
    if (result.allowed && shortage) throw new Error(`${done}, but ${shortage}`);
    return result;
  }

  /** @throws Error where it was not kept, and where too few replicas have it, which says that so much is done */
  async write(call: ScriptCall, done: string): Promise<void> {
    const { answer, shortage } = await this.runReplicated(call);
    // A text of a client with `stringNumbers`.
    if (String(answer) !== '0') throw notKept();
    if (shortage) throw new Error(`${done}, but ${shortage}`);
  }

  /** The counts that scripts read, those of one list the highest of them. */
  async read(lists: readonly (readonly ScriptCall[])[]): Promise<number[]> {
    const answers = await this.scripts.runAll(lists.flat());
    return lists.map((calls) => Math.max(...calls.map((call) => countIn(answers.get(call)))));
  }

  /** Those whom a script reads, each followed by when they came. */
  async readUsers(call: ScriptCall): Promise<UsedBy[]> {
    const answer = await this.scripts.run(call);
    if (!Array.isArray(answer)) throw new Error('the server gave no answer to the script');
    const texts = answer.map(String);
    return texts.flatMap((by, index) =>
      index % 2 === 0 ? [{ by, at: new Date(Number(texts[index + 1])) }] : [],
    );
  }

  private async runReplicated(call: ScriptCall): Promise<Replicated> {
    if (this.replicated) return this.replicated.run(call);
    return { answer: await this.scripts.run(call), shortage: undefined };
  }
}

function countIn(answer: unknown): number {
  // A text, unless the script has made it.
  if (/^\d+$/.test(String(answer))) return Number(answer);
  throw new Error('the server gave no count');
}

/** It happens only where the process's own clock has jumped. */
function notKept(): Error {
  return new Error('the server kept nothing, as if its time were over');
}

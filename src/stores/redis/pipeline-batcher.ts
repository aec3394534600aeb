import type { Outcome, RedisPipeline } from './client.js';
import type { Connection } from './connection.js';
import { type ClusterNode, isUnanswered, plainError, reasonIn } from './ioredis-internals.js';
import { operandsOf, type ScriptCall, tooLate } from './script-runner.js';
import type { Script } from './scripts.js';

/** What a script answered, and whether the replicas have what it wrote. */
export interface Replicated {
  readonly answer: unknown;
  /** Why it is not known that enough replicas have it; undefined where they do. */
  readonly shortage: string | undefined;
}

interface QueuedCall {
  readonly call: ScriptCall;
  resolve(result: Replicated): void;
  reject(error: unknown): void;
}

/** Nothing was sent, so that it may be sent again. */
export class NotSentError extends Error {}

const MAX_BATCH = 1_000;

/** How long before somebody stops waiting WAIT must end: Redis looks for its end every 100 ms. */
const RETURN_MARGIN_MS = 150;

const NO_OUTCOME: Outcome = [new Error('Redis gave no answer')];

/**
 * Script calls to one server, and after them one WAIT on the same connection: on another, which has written
 * nothing, it would be answered at once. A WAIT holds up whatever comes behind it, so what comes meanwhile
 * is the next batch; and what nobody waits for by then is not sent.
 */
export class PipelineBatcher {
  private readonly queue: QueuedCall[] = [];
  private isBusy = false;

  /** @param importer the server that a slot is moving to, which answers for its keys only after ASKING */
  constructor(
    private readonly connection: Connection,
    private readonly replicas: number,
    private readonly importer?: ClusterNode,
  ) {}

  /** @throws {@link NotSentError}, or the client's error for this call */
  run(call: ScriptCall): Promise<Replicated> {
    return new Promise((resolve, reject) => {
      this.rejectLate();
      this.queue.push({ call, resolve, reject });
      if (!this.isBusy) void this.sendAll();
    });
  }

  private async sendAll(): Promise<void> {
    this.isBusy = true;
    while (this.queue.length > 0) {
      // The batch before may have lost the connection.
      const failure = await this.failureToConnect();
      if (failure) {
        for (const { reject } of this.queue.splice(0)) reject(failure);
        continue;
      }
      const batch = this.queue.splice(0, MAX_BATCH).filter(isInTime);
      if (batch.length > 0) this.settle(batch, await this.exchange(batch));
    }
    this.isBusy = false;
  }

  private async failureToConnect(): Promise<Error | undefined> {
    const deadline = this.queue.at(-1)?.call.deadline ?? 0;
    return this.connection.ready(deadline).then(() => undefined, plainError);
  }

  /** A client without a timeout may be silent for long, and the queue behind it must not become as long. */
  private rejectLate(): void {
    const first = this.queue.findIndex(isInTime);
    this.queue.splice(0, first === -1 ? this.queue.length : first);
  }

  /** One outcome a call, and that of WAIT. */
  private async exchange(batch: readonly QueuedCall[]): Promise<Outcome[]> {
    try {
      const outcomes = (await this.pipelineOf(batch).exec()) ?? [];
      if (!this.importer) return outcomes;
      return outcomes.filter((_, index) => index % 2 === 1 || index === outcomes.length - 1);
    } catch (error) {
      // What was sent has outcomes, one by one; the whole is rejected before.
      return batch.map(() => [new NotSentError(reasonIn(error))]);
    }
  }

  private pipelineOf(batch: readonly QueuedCall[]): RedisPipeline {
    const pipeline = (this.importer ?? this.connection.client).pipeline();
    const sent = new Set<Script>();
    for (const { call } of batch) {
      const { script } = call;
      if (this.importer) pipeline.asking();
      // Whole once: that the server does not know a digest would only be seen after the WAIT.
      if (sent.has(script)) pipeline.evalsha(script.sha1, ...operandsOf(call));
      else pipeline.eval(script.lua, ...operandsOf(call));
      sent.add(script);
    }
    pipeline.wait(this.replicas, this.waitTimeoutFor(batch));
    return pipeline;
  }

  private settle(batch: readonly QueuedCall[], outcomes: readonly Outcome[]): void {
    const shortage = this.shortageIn(outcomes[batch.length] ?? NO_OUTCOME);
    for (const [index, { call, resolve, reject }] of batch.entries()) {
      const [error, answer] = outcomes[index] ?? NO_OUTCOME;
      if (isUnanswered(error) && !this.importer) this.connection.unanswered(call.keys[0]);
      if (error) reject(error);
      else resolve({ answer, shortage });
    }
  }

  private shortageIn([error, reached]: Outcome): string | undefined {
    if (error) return `it is not known whether a replica has it: ${reasonIn(error)}`;
    if (Number(reached) >= this.replicas) return undefined;
    return `only ${Number(reached)} of ${this.replicas} replicas had it in time`;
  }

  /** In milliseconds; never 0, by which WAIT would wait for ever. */
  private waitTimeoutFor(batch: readonly QueuedCall[]): number {
    const left = Math.max(...batch.map(({ call }) => call.deadline)) - performance.now();
    const timeout = Math.min(left, this.connection.commandTimeout) - RETURN_MARGIN_MS;
    return Math.max(1, Math.floor(timeout));
  }
}

/** Whether an answer of WAIT could be back in time; otherwise the use would be spent for nothing. */
function isInTime({ call, reject }: QueuedCall): boolean {
  if (performance.now() + RETURN_MARGIN_MS < call.deadline) return true;
  reject(tooLate());
  return false;
}

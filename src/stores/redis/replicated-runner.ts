import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from './connection.js';
import {
  type ClusterNode,
  isCluster,
  keyAt,
  nodeAt,
  placeOf,
  plainError,
} from './ioredis-internals.js';
import { NotSentError, PipelineBatcher, type Replicated } from './pipeline-batcher.js';
import {
  isInTransit,
  isUnknownScript,
  type ScriptCall,
  type ScriptRunner,
} from './script-runner.js';
import { READ } from './scripts.js';

const MAX_ATTEMPTS = 5;

/** Between two attempts while keys are on their way; the last one is that which comes too late. */
const TRANSIT_MS = 50;

/**
 * Runs scripts, and says of each whether replicas have what it wrote. It is run again only where the server
 * said that it was not run: ioredis leaves to its caller what becomes of a part of a pipeline.
 */
export class ReplicatedRunner {
  /** By the place of a key, and of a slot that is moving by the server that imports it. */
  private readonly batchers = new Map<string | ClusterNode, PipelineBatcher>();

  constructor(
    private readonly connection: Connection,
    private readonly replicas: number,
    private readonly scripts: ScriptRunner,
  ) {}

  /** @throws Error where there was no answer; the script may have been run then, and is not run again */
  async run(call: ScriptCall): Promise<Replicated> {
    let importer: ClusterNode | undefined;
    for (let attempt = 1; ; attempt++) {
      await this.connection.ready(call.deadline);
      try {
        return await this.runOnce(call, importer);
      } catch (error) {
        if (isInTransit(error)) {
          attempt = 0;
          importer = undefined;
          await sleep(TRANSIT_MS);
          continue;
        }
        const redirection = redirectionIn(error);
        const isNotRun = redirection || isUnknownScript(error) || error instanceof NotSentError;
        if (!isNotRun || attempt === MAX_ATTEMPTS) throw plainError(error);
        importer = redirection && (await this.follow(redirection, call));
      }
    }
  }

  private runOnce(call: ScriptCall, importer?: ClusterNode): Promise<Replicated> {
    const { client } = this.connection;
    const [key, ...others] = call.keys;
    if (!importer || !isCluster(client)) return this.batcherOf(placeOf(client, key)).run(call);
    const at = (name: string) => keyAt(importer, client, name);
    return this.batcherOf(importer).run({ ...call, keys: [at(key), ...others.map(at)] });
  }

  private batcherOf(place: string | ClusterNode): PipelineBatcher {
    let batcher = this.batchers.get(place);
    if (!batcher) {
      const importer = typeof place === 'string' ? undefined : place;
      batcher = new PipelineBatcher(this.connection, this.replicas, importer);
      this.batchers.set(place, batcher);
    }
    return batcher;
  }

  /** Lets the client find the key by itself, so that it knows the server; returns the one that answers after ASKING. */
  private async follow(
    { isAsk, address }: { isAsk: boolean; address: string },
    call: ScriptCall,
  ): Promise<ClusterNode | undefined> {
    await this.scripts.run({ ...call, script: READ, keys: [call.keys[0]], args: [] });
    const { client } = this.connection;
    return isAsk && isCluster(client) ? nodeAt(client, address) : undefined;
  }
}

/** The server that has the key, by its host and port; `isAsk`: it gets the key just now, and must be asked by ASKING. */
function redirectionIn(error: unknown) {
  if (!(error instanceof Error)) return undefined;
  const [kind, , address] = error.message.split(' ');
  if ((kind !== 'MOVED' && kind !== 'ASK') || !address) return undefined;
  return { isAsk: kind === 'ASK', address };
}

import { type ClusterNode, isCluster } from './client.js';
import { keyAt, batcherOf, nodeAt, type Redirection, redirectionIn } from './cluster.js';
import type { Connection } from './connection.js';
import { plainError, isUnknownScript, NotSentError } from './failure.js';
import { PipelineBatcher, type Replicated } from './pipeline-batcher.js';
import type { ScriptRunner } from './script-runner.js';
import { READ, type ScriptCall } from './scripts.js';

const MAX_ATTEMPTS = 5;

/**
 * Runs scripts, and says of each whether replicas have what it wrote. It is run again only where the server
 * said that it was not run: ioredis leaves to its caller what becomes of a part of a pipeline.
 */
export class ReplicatedRunner {
  private readonly lanes = new Map<string, PipelineBatcher>();
  private readonly importing = new WeakMap<ClusterNode, PipelineBatcher>();

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
        const redirection = redirectionIn(error);
        const isNotRun = redirection || isUnknownScript(error) || error instanceof NotSentError;
        if (!isNotRun || attempt === MAX_ATTEMPTS) throw plainError(error);
        importer = redirection && (await this.follow(redirection, call));
      }
    }
  }

  private runOnce(call: ScriptCall, importer?: ClusterNode): Promise<Replicated> {
    const { client } = this.connection;
    if (importer && isCluster(client)) {
      const key = keyAt(importer, client, call.key);
      return this.importLane(importer).run({ ...call, key });
    }
    const name = batcherOf(client, call.key);
    let lane = this.lanes.get(name);
    if (!lane) {
      lane = new PipelineBatcher(this.connection, this.replicas);
      this.lanes.set(name, lane);
    }
    return lane.run(call);
  }

  private importLane(importer: ClusterNode): PipelineBatcher {
    let lane = this.importing.get(importer);
    if (!lane) {
      lane = new PipelineBatcher(this.connection, this.replicas, importer);
      this.importing.set(importer, lane);
    }
    return lane;
  }

  /** Lets the client find the key by itself, so that it knows the server; and gives the one to be asked as a favour. */
  private async follow(
    { isAsk, address }: Redirection,
    call: ScriptCall,
  ): Promise<ClusterNode | undefined> {
    await this.scripts.run({ ...call, script: READ, args: [] });
    const { client } = this.connection;
    return isAsk && isCluster(client) ? nodeAt(client, address) : undefined;
  }
}

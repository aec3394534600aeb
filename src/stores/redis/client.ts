/** What the store asks of a client: `Redis` and `Cluster` of ioredis 5 and 6 have it. */
export interface RedisClient {
  /** 'wait' until its first command where it connects lazily, 'ready' while it is connected, 'end' for good. */
  readonly status: string;
  readonly options?: ClientOptions;
  evalsha(sha1: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
  eval(lua: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
  pipeline(): RedisPipeline;
  /** Seconds and microseconds. */
  time?(): Promise<readonly (string | number)[]>;
  info?(): Promise<string>;
  once(event: ClientEvent, listener: (error: Error) => void): unknown;
  off(event: ClientEvent, listener: (error: Error) => void): unknown;
}

/** Commands that go to one server together, on one connection. */
export interface RedisPipeline {
  evalsha(sha1: string, numberOfKeys: number, ...keysAndArguments: string[]): unknown;
  eval(lua: string, numberOfKeys: number, ...keysAndArguments: string[]): unknown;
  wait(replicas: number, milliseconds: number): unknown;
  asking(): unknown;
  exec(): Promise<Outcome[] | null>;
}

/** What became of a command in a pipeline. */
export type Outcome = [error: Error | null, answer?: unknown];

/** The options, of `Redis` or of `Cluster`, that say whether a command is sent again whose answer was lost. */
interface ClientOptions {
  readonly autoResendUnfulfilledCommands?: boolean | undefined;
  readonly retryDelayOnFailover?: number | undefined;
  readonly keyPrefix?: string | undefined;
}

export type ClientEvent = 'ready' | 'end' | 'error';

/** What a `Cluster` has beside that. */
export interface ClusterClient<Node extends ClusterNode = ClusterNode> extends RedisClient {
  readonly isCluster: boolean;
  readonly options: ClientOptions;
  /** The addresses of the servers of each slot, the primary first. */
  readonly slots: readonly (readonly string[] | undefined)[];
  /** The same number for two slots on the same servers: only their keys may stand in one pipeline. */
  readonly _groupsBySlot: readonly (number | undefined)[];
  nodes(role: 'all' | 'master'): Node[];
}

/** The connection of a `Cluster` to one of its servers. */
export interface ClusterNode extends RedisClient {
  readonly options: ClientOptions & {
    readonly host?: string | undefined;
    readonly port?: number | undefined;
  };
}

export function isCluster(client: RedisClient): client is ClusterClient {
  return 'isCluster' in client && client.isCluster === true;
}

type ScriptCommand<Answer> = (
  script: string,
  numberOfKeys: number,
  ...keysAndArguments: string[]
) => Answer;

/** What the store needs of a client: `Redis` and `Cluster` of ioredis 5 and 6 have it. */
export interface RedisClient {
  /** 'wait' until its first command where it connects lazily, 'ready' while it is connected, 'end' for good. */
  readonly status: string;
  /** Those that say whether a command is sent again whose answer was lost, and what comes before a key. */
  readonly options?: {
    readonly autoResendUnfulfilledCommands?: boolean | undefined;
    readonly retryDelayOnFailover?: number | undefined;
    readonly keyPrefix?: string | undefined;
  };
  evalsha: ScriptCommand<Promise<unknown>>;
  eval: ScriptCommand<Promise<unknown>>;
  pipeline(): RedisPipeline;
  /** Seconds and microseconds. */
  time?(): Promise<readonly (string | number)[]>;
  info?(): Promise<string>;
  once(event: ClientEvent, listener: (error: Error) => void): unknown;
  off(event: ClientEvent, listener: (error: Error) => void): unknown;
}

export type ClientEvent = 'ready' | 'end' | 'error';

/** Commands that go to one server together, on one connection. */
export interface RedisPipeline {
  evalsha: ScriptCommand<unknown>;
  eval: ScriptCommand<unknown>;
  wait(replicas: number, milliseconds: number): unknown;
  asking(): unknown;
  exec(): Promise<Outcome[] | null>;
}

/** What became of a command in a pipeline. */
export type Outcome = [error: Error | null, answer?: unknown];

import type { ConsumeOptions, Issuance } from '../tempid-store.js';
import type { Script, ScriptCall } from './scripts.js';

/** Between the prefix and the id in the key of an answer, so that it is nobody's count: no id begins so. */
const ANSWER = 'answer:';

/** As {@link ANSWER}, of what was revoked of a scope. */
const SCOPE = 'group:';

/** For how many milliseconds a call without a deadline waits for a connection, and for replicas. */
const DEFAULT_TIMEOUT_MS = 1_150;

/** Makes the calls of one store: which keys a script is about, and how long somebody waits. */
export class ScriptCalls {
  constructor(private readonly keyPrefix: string) {}

  /** On a count. */
  onCount(script: Script, id: string, args: Arguments, options?: ConsumeOptions): ScriptCall {
    return this.call(script, id, args, options);
  }

  /** On a count and the scopes of its token: they are on one server. */
  onCountAndGroups(
    script: Script,
    id: string,
    args: Arguments,
    issuance: Issuance,
    options?: ConsumeOptions,
  ): ScriptCall {
    const scopes = issuance.scopes.map((scope) => this.keyPrefix + SCOPE + scope);
    return this.call(script, id, [...args, issuance.at, id], options, scopes);
  }

  onScope(script: Script, scope: string, args: Arguments, options?: ConsumeOptions): ScriptCall {
    return this.call(script, SCOPE + scope, args, options);
  }

  onAnswer(script: Script, id: string, args: Arguments, options?: ConsumeOptions): ScriptCall {
    return this.call(script, ANSWER + id, args, options);
  }

  private call(
    script: Script,
    name: string,
    args: Arguments,
    { deadline = performance.now() + DEFAULT_TIMEOUT_MS }: ConsumeOptions = {},
    otherKeys: readonly string[] = [],
  ): ScriptCall {
    return { script, key: this.keyPrefix + name, otherKeys, args: args.map(String), deadline };
  }
}

type Arguments = readonly (string | number)[];

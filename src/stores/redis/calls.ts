import type { ScopeRevocation } from '../scope-revocations.js';
import type { ConsumeOptions, Issuance } from '../tempid-store.js';
import type { UsedByStore } from '../used-by.js';
import type { KeyNames } from './key-names.js';
import type { ScriptCall } from './script-runner.js';
import * as scripts from './scripts.js';

/** How long a call without a deadline waits for a connection, and for replicas. */
const DEFAULT_TIMEOUT_MS = 1_150;

type Keys = ScriptCall['keys'];

/** The scripts of the store's calls, with their keys and arguments. */
export class Calls {
  constructor(private readonly names: KeyNames) {}

  /** @param issuance of a token whose scopes are on the server of its count */
  consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options: ConsumeOptions,
    issuance?: Issuance,
  ): ScriptCall {
    const keys = [...this.countOf(id, options), ...this.scopesOf(issuance)] as const;
    const args = [millisecondsUntil(keepUntil), maxUses, options.by ?? '', Date.now()];
    return callOf(scripts.CONSUME, keys, [...args, ...argsOf(id, issuance)], options);
  }

  /** @param issuance as of {@link consume} */
  readCount(id: string, options: ConsumeOptions, issuance?: Issuance): ScriptCall {
    const keys = [this.names.count(id), ...this.scopesOf(issuance)] as const;
    return callOf(scripts.READ, keys, argsOf(id, issuance), options);
  }

  /** One for each scope, since any of them may be on another server than the count. */
  readScopes(id: string, options: ConsumeOptions, issuance?: Issuance): ScriptCall[] {
    const args = argsOf(id, issuance);
    return this.scopesOf(issuance).map((scope) =>
      callOf(scripts.READ_SCOPE, [scope], args, options),
    );
  }

  readUsers(
    id: string,
    { limit, after }: Parameters<UsedByStore['usedBy']>[1],
    options: ConsumeOptions,
  ): ScriptCall {
    const args = after ? [limit, after.at.getTime(), after.by] : [limit];
    return callOf(scripts.READ_USERS, [this.names.users(id)], args, options);
  }

  refund(id: string, options: ConsumeOptions): ScriptCall {
    return callOf(scripts.REFUND, this.countOf(id, options), [options.by ?? ''], options);
  }

  revoke(id: string, keepUntil: Date, options: ConsumeOptions): ScriptCall {
    const args = [millisecondsUntil(keepUntil)];
    return callOf(scripts.REVOKE, [this.names.count(id)], args, options);
  }

  revokeIfUsed(id: string, used: number, keepUntil: Date, options: ConsumeOptions): ScriptCall {
    const args = [millisecondsUntil(keepUntil), used];
    return callOf(scripts.REVOKE_IF_USED, [this.names.count(id)], args, options);
  }

  prolong(id: string, keepUntil: Date, options: ConsumeOptions): ScriptCall {
    const keys = [this.names.count(id), this.names.users(id)] as const;
    return callOf(scripts.PROLONG, keys, [millisecondsUntil(keepUntil)], options);
  }

  revokeScope(
    scope: string,
    { issuedUntil, except }: ScopeRevocation,
    keepUntil: Date,
    options: ConsumeOptions,
  ): ScriptCall {
    const revocation = except === null ? issuedUntil : `${issuedUntil}:${except}`;
    const args = [millisecondsUntil(keepUntil), revocation];
    return callOf(scripts.REVOKE_SCOPE, [this.names.scope(scope)], args, options);
  }

  private countOf(id: string, { by }: ConsumeOptions): Keys {
    const count = this.names.count(id);
    return by === undefined ? [count] : [count, this.names.users(id)];
  }

  private scopesOf(issuance: Issuance | undefined): string[] {
    return issuance?.scopes.map((scope) => this.names.scope(scope)) ?? [];
  }
}

function callOf(
  script: scripts.Script,
  keys: Keys,
  args: readonly (string | number)[],
  { deadline = performance.now() + DEFAULT_TIMEOUT_MS }: ConsumeOptions,
): ScriptCall {
  return { script, keys, args: args.map(String), deadline };
}

/** What is asked of the scopes of a token. */
function argsOf(id: string, issuance: Issuance | undefined): (string | number)[] {
  return issuance?.scopes.length ? [issuance.at, id] : [];
}

/** The server gets for how long to keep something, since its clock may differ from ours. */
function millisecondsUntil(moment: Date): number {
  return moment.getTime() - Date.now();
}

import { createHash } from 'node:crypto';
import { REVOKED_COUNT } from '../tempid-store.js';

/** A Lua script and the digest that a server knows it by. */
export interface Script {
  readonly lua: string;
  readonly sha1: string;
}

/** A script, what it is about, and how long somebody waits for its answer. */
export interface ScriptCall {
  readonly script: Script;
  /** By which a Cluster spreads the calls. */
  readonly key: string;
  /** What the script touches beside it, on the same server: nothing in a Cluster. */
  readonly otherKeys: readonly string[];
  readonly args: readonly string[];
  /** By `performance.now()`: after it nothing is sent any more. */
  readonly deadline: number;
}

/** What EVAL and EVALSHA want behind the script: how many keys there are, the keys, and the arguments. */
export function operandsOf({ key, otherKeys, args }: ScriptCall): [number, ...string[]] {
  return [1 + otherKeys.length, key, ...otherKeys, ...args];
}

/** What is sent when nobody waits for its answer any longer would only spend a use. */
export function tooLate(): Error {
  return new Error('Redis could not be asked in time');
}

/** What a script answers that has kept nothing, since nothing was to be kept any longer. */
export const NOT_KEPT = -1;

/**
 * KEYS[1]: the count. ARGV: maxUses, and for how many milliseconds the count is kept, from now on by the server's
 * clock, so that it does not matter what time that says. Answers whether the use is allowed (1 or 0), and how many
 * are spent.
 */
export const CONSUME = script(`
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
if used >= tonumber(ARGV[1]) then return {0, used} end
used = redis.call('INCR', KEYS[1])
if used == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  if redis.call('EXISTS', KEYS[1]) == 0 then return {${NOT_KEPT}, used} end
end
return {1, used}
`);

/** KEYS[1]: the count, or the answer. A script, since a Cluster may send a GET to a replica, whose counts are old. */
export const READ = script(`
return redis.call('GET', KEYS[1])
`);

/** KEYS[1]: the count. */
export const REFUND = script(`
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
if used > 0 and used < ${REVOKED_COUNT} then redis.call('DECR', KEYS[1]) end
return 0
`);

/** KEYS[1]: the count. ARGV: for how many milliseconds it is kept. */
export const REVOKE = script(`
redis.call('SET', KEYS[1], '${REVOKED_COUNT}')
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return redis.call('EXISTS', KEYS[1]) - 1
`);

/**
 * KEYS[1]: the answer. ARGV: it in base64, and for how many milliseconds it is kept, so that a difference between
 * two clocks matters nothing. Of no time, or less, nothing is left.
 */
export const REMEMBER = script(`
redis.call('SET', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 0
`);

export function script(lua: string): Script {
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') };
}

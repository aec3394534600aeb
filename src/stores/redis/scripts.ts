import { createHash } from 'node:crypto';
import { REVOKED_COUNT } from '../tempid-store.js';

/** A Lua script and the digest that a server knows it by. */
export interface Script {
  readonly lua: string;
  readonly sha1: string;
}

function script(lua: string): Script {
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') };
}

/** The answer of a script that kept nothing, since its time was over. */
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
 * `ends(scope)`: whether the revocation of a scope ends the token. The last of ARGV: when the token was issued,
 * in Unix milliseconds, and its id. What is no revocation is an error, and not none.
 */
const ENDS = `
local function ends(scope)
  local revoked = redis.call('GET', scope)
  if not revoked then return false end
  local issuedUntil, except = string.match(revoked, '^([^:]+):?(.*)$')
  local issuedAt = tonumber(ARGV[#ARGV - 1])
  if tonumber(issuedUntil) ~= issuedAt then return tonumber(issuedUntil) > issuedAt end
  return except ~= ARGV[#ARGV]
end
`;

const unlessEnded = (answer: string) => `${ENDS}
for index = 2, #KEYS do
  if ends(KEYS[index]) then return ${answer} end
end
`;

/** KEYS: the count, and the scopes of its token. ARGV: as of {@link CONSUME}, then as of {@link ENDS}. */
export const CONSUME_UNLESS_ENDED = script(unlessEnded(`{0, ${REVOKED_COUNT}}`) + CONSUME.lua);

/** KEYS: the count, and the scopes of its token. ARGV: as of {@link ENDS}. */
export const READ_UNLESS_ENDED = script(unlessEnded(`${REVOKED_COUNT}`) + READ.lua);

/** KEYS[1]: the scope. ARGV: as of {@link ENDS}. Answers 1 or 0. */
export const IS_ENDED = script(`${ENDS}
return ends(KEYS[1]) and 1 or 0
`);

/**
 * KEYS[1]: the scope. ARGV: the revocation, and for how many milliseconds it is kept. A later one that is there stays.
 *
 * What is there is kept no shorter than before: PEXPIRE with GT would do that, of Redis 7 only.
 */
export const REVOKE_SCOPE = script(`
local function moment(revocation) return tonumber(string.match(revocation, '^[^:]+')) end
local revoked = ARGV[1]
local known = redis.call('GET', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if known and moment(known) > moment(revoked) then revoked = known end
redis.call('SET', KEYS[1], revoked)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if left > 0 and redis.call('PTTL', KEYS[1]) < left then
  redis.call('SET', KEYS[1], revoked, 'PX', left)
end
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

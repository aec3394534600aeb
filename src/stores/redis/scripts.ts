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
 * `keep()` keeps KEYS[1] for as many milliseconds as ARGV[1] says, from now on by the server's clock, so that it does
 * not matter what time that says; and no shorter than before: PEXPIRE with GT would do that, of Redis 7 only.
 */
const KEEP = `
local function keep()
  local left = redis.call('PTTL', KEYS[1])
  if left < 0 or left < tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
end
`;

/** Keeps who used a token, KEYS[2], as long as the count. */
const KEEP_USERS = `
local left = redis.call('PTTL', KEYS[1])
if left > 0 then redis.call('PEXPIRE', KEYS[2], left) end
`;

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

/**
 * KEYS: the count, with `by` who used the token, and the scopes of the token. ARGV: for how many milliseconds the count
 * is kept, maxUses, `by` or '', what time it is by the clock of who asks, and with scopes as of {@link ENDS}. Answers
 * whether the use is allowed (1 or 0), how many are spent, and of one who has had their use when that was.
 */
export const CONSUME = script(`${KEEP}${ENDS}
local by = ARGV[3] ~= '' and ARGV[3]
for index = by and 3 or 2, #KEYS do
  if ends(KEYS[index]) then return {0, ${REVOKED_COUNT}} end
end
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
if by and used < ${REVOKED_COUNT} then
  local at = redis.call('ZSCORE', KEYS[2], by)
  if at then return {0, used, at} end
end
if used >= tonumber(ARGV[2]) then return {0, used} end
used = redis.call('INCR', KEYS[1])
if used == 1 then
  keep()
  if redis.call('EXISTS', KEYS[1]) == 0 then return {${NOT_KEPT}, used} end
end
if by then
  redis.call('ZADD', KEYS[2], ARGV[4], by)
  ${KEEP_USERS}
end
return {1, used}
`);

/**
 * KEYS: the count, and the scopes of its token. ARGV: as of {@link ENDS}. A script, since a Cluster may send a GET to a
 * replica, whose counts are old.
 */
export const READ = script(`${ENDS}
for index = 2, #KEYS do
  if ends(KEYS[index]) then return ${REVOKED_COUNT} end
end
return redis.call('GET', KEYS[1]) or 0
`);

/** KEYS: the count, and with `by` who used the token. ARGV[1]: `by`. */
export const REFUND = script(`
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
if used == 0 or used == ${REVOKED_COUNT} then return 0 end
if not KEYS[2] or redis.call('ZREM', KEYS[2], ARGV[1]) == 1 then redis.call('DECR', KEYS[1]) end
return 0
`);

const REVOKING = `
redis.call('SET', KEYS[1], '${REVOKED_COUNT}', 'KEEPTTL')
keep()
`;

/** KEYS[1]: the count. ARGV: as of {@link KEEP}. */
export const REVOKE = script(`${KEEP}${REVOKING}
return redis.call('EXISTS', KEYS[1]) - 1
`);

/** KEYS[1]: the count. ARGV: as of {@link KEEP}, and how many uses must be spent. Answers as {@link CONSUME}. */
export const REVOKE_IF_USED = script(`${KEEP}
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
if used ~= tonumber(ARGV[2]) or used == ${REVOKED_COUNT} then return {0, used} end
${REVOKING}
return {redis.call('EXISTS', KEYS[1]) == 1 and 1 or ${NOT_KEPT}, ${REVOKED_COUNT}}
`);

/** KEYS: the count, and who used the token. ARGV: as of {@link KEEP}. A count that is kept for ever stays so. */
export const PROLONG = script(`${KEEP}
if redis.call('SET', KEYS[1], '0', 'NX') or redis.call('PTTL', KEYS[1]) >= 0 then keep() end
${KEEP_USERS}
return redis.call('EXISTS', KEYS[1]) - 1
`);

/**
 * KEYS[1]: who used a token. ARGV: how many of them at most, and those after whom: when, and who. Answers each with
 * when.
 *
 * Redis orders those of one moment by their bytes, and Lua compares texts by the server's locale, so bytes are
 * compared.
 */
export const READ_USERS = script(`
local function isAfter(name, other)
  for index = 1, #name do
    local byte, others = string.byte(name, index), string.byte(other, index) or -1
    if byte ~= others then return byte > others end
  end
  return false
end
local first = 0
if ARGV[2] then
  first = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. ARGV[2])
  local last = redis.call('ZCOUNT', KEYS[1], '-inf', ARGV[2])
  while first < last do
    local middle = math.floor((first + last) / 2)
    local name = redis.call('ZRANGE', KEYS[1], middle, middle)[1]
    if isAfter(name, ARGV[3]) then last = middle else first = middle + 1 end
  end
end
return redis.call('ZRANGE', KEYS[1], first, first + ARGV[1] - 1, 'WITHSCORES')
`);

/** KEYS[1]: the scope. ARGV: as of {@link ENDS}. Answers as {@link READ}, of a token without uses. */
export const READ_SCOPE = script(`${ENDS}
return ends(KEYS[1]) and ${REVOKED_COUNT} or 0
`);

/** KEYS[1]: the scope. ARGV: as of {@link KEEP}, and the revocation. A later one that is there stays. */
export const REVOKE_SCOPE = script(`${KEEP}
local function moment(revocation) return tonumber(string.match(revocation, '^[^:]+')) end
local known = redis.call('GET', KEYS[1])
if not known or moment(known) <= moment(ARGV[2]) then
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
end
keep()
return redis.call('EXISTS', KEYS[1]) - 1
`);

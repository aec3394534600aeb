import { REVOKED_COUNT } from '../tempid-store.js';
import { CONSUME, READ, script } from './scripts.js';

/**
 * `ends(scope)`: whether what was revoked of a scope ends the token. The last of ARGV: when the token was issued,
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

function unlessEnded(answer: string): string {
  return `${ENDS}
for index = 2, #KEYS do
  if ends(KEYS[index]) then return ${answer} end
end
`;
}

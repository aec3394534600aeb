import { clockDifference, clockWarning } from '../clock-difference.js';
import type { RedisClient } from './client.js';
import { isCluster } from './ioredis-internals.js';

/**
 * What is wrong with the servers that a client has reached, a line each. What they do not answer, such as for want of
 * a right, is not checked.
 */
export async function findingsOf(client: RedisClient): Promise<ReadonlySet<string>> {
  const servers = isCluster(client) ? client.nodes('master') : [client];
  const findings = await Promise.all(
    servers.flatMap((server) => [clockFinding(server), settingsFinding(server)]),
  );
  return new Set(findings.filter((finding) => finding !== null));
}

/** Counts are kept for a time, not until a moment: a wrong clock harms once it is set right, or a replica takes over. */
async function clockFinding(server: RedisClient): Promise<string | null> {
  const asked = Date.now();
  const answer = await answerOf(() => server.time?.());
  const seconds = Array.isArray(answer) ? Number(answer[0]) : Number.NaN;
  const difference = clockDifference(seconds * 1_000, asked, Date.now());
  return difference === null ? null : clockWarning('Redis', difference);
}

/** Settings by which the server forgets counts, in one line with the right ones. */
async function settingsFinding(server: RedisClient): Promise<string | null> {
  const info = String(await answerOf(() => server.info?.()));
  const valueOf = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const policy = valueOf('maxmemory_policy');
  const evicts = policy !== undefined && policy !== 'noeviction' && valueOf('maxmemory') !== '0';
  const ways = [
    evicts &&
      `it evicts keys when its memory is full (maxmemory-policy ${policy}): set maxmemory-policy noeviction`,
    valueOf('aof_enabled') === '0' &&
      'a restart loses what is in no snapshot (appendonly no): set appendonly yes',
  ].filter((way) => way !== false);
  return ways.length === 0
    ? null
    : `Redis may forget counts, so that spent tokens work again: ${ways.join('; ')}.`;
}

/** Of whatever client; undefined where it answers with an error, or throws at once. */
async function answerOf(question: () => Promise<unknown> | undefined): Promise<unknown> {
  try {
    return await question();
  } catch {
    return undefined;
  }
}

import { clockDifference, clockWarning } from '../clock-difference.js';
import { isCluster, type RedisClient } from './client.js';

const FORGETS = 'spent tokens work again';

/**
 * What is wrong with the servers that a client has reached, a line each. What they do not tell, such as for want of
 * a right, is not looked at.
 */
export async function findingsOf(client: RedisClient): Promise<ReadonlySet<string>> {
  const servers = isCluster(client) ? client.nodes('master') : [client];
  const findings = await Promise.all(
    servers.flatMap((server) => [clockFinding(server), ...settingsFindings(server)]),
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

function settingsFindings(server: RedisClient): Promise<string | null>[] {
  const info = answerOf(() => server.info?.());
  const valueOf = async (name: string) =>
    new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(String(await info))?.[1];
  return [
    valueOf('maxmemory_policy').then((policy) =>
      policy === undefined || policy === 'noeviction'
        ? null
        : `Redis evicts keys when its memory is full (maxmemory-policy ${policy}), counts too, and then ${FORGETS}: ` +
          `set maxmemory-policy noeviction.`,
    ),
    valueOf('aof_enabled').then((enabled) =>
      enabled === '0'
        ? `Redis does not write down each count (appendonly no): what is not in a snapshot is lost with a restart, ` +
          `and ${FORGETS}. Set appendonly yes.`
        : null,
    ),
  ];
}

/** Of whatever client; undefined where it does not say, by an error or at once. */
async function answerOf(question: () => Promise<unknown> | undefined): Promise<unknown> {
  try {
    return await question();
  } catch {
    return undefined;
  }
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { notInstalled } from './advice.mjs';
import { askRedis } from './redis-client.mjs';
import { findRedis, launchRedis, redisUrlOf } from './redis-node.mjs';
import { redis } from './redis.mjs';
import { launch } from './system/launch.mjs';
import { freePort } from './system/ports.mjs';
import { inScratchDir } from './system/scratch-dir.mjs';
import { allSettled, eventually } from './system/wait.mjs';

const NAME = 'mymaster';
const SENTINELS = 3;
const QUORUM = 2;

/** A primary, its replica, and sentinels that put the replica in its place once it is killed. */
export async function startRedisSentinels() {
  const program = findRedis();
  if (!program) throw new Error(notInstalled(redis));

  return inScratchDir(async (dir, defer) => {
    const launchNode = async (replicaOf) =>
      launchRedis(program, { dir, port: await freePort(), replicaOf }, defer);
    const primary = await launchNode();
    // Ahead of the sentinels, which after their first look at the primary wait ten seconds.
    const replica = await launchNode(primary.url);

    const watched = new URL(primary.url);
    const sentinels = await allSettled(
      Array.from({ length: SENTINELS }, () => launchSentinel(program, { dir, watched }, defer)),
    );
    await eventually(() => Promise.all(sentinels.map(expectOverview)));
    return {
      name: NAME,
      sentinels,
      primary: { url: primary.url, kill: primary.kill },
      replica: { url: replica.url },
    };
  });
}

async function launchSentinel(program, { dir, watched }, defer) {
  const port = await freePort();
  const home = join(dir, `${port}`);
  mkdirSync(home);
  // It writes down there what it learns.
  const config = join(home, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir "${home}"`,
    `sentinel monitor ${NAME} ${watched.hostname} ${watched.port} ${QUORUM}`,
    `sentinel down-after-milliseconds ${NAME} 500`,
    `sentinel failover-timeout ${NAME} 3000`,
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  const ready = () => askRedis(redisUrlOf(port), 'PING');
  await launch({ command: program, args: [config, '--sentinel'], dir: home, ready }, defer);
  return { host: '127.0.0.1', port };
}

/** That a sentinel can reach the other sentinels, and sees the replica linked. */
async function expectOverview({ port }) {
  const ask = (...command) => askRedis(redisUrlOf(port), 'SENTINEL', ...command, NAME);
  await ask('CKQUORUM');
  const primary = fieldsOf(await ask('MASTER'));
  const replicas = (await ask('REPLICAS')).map(fieldsOf);
  const isComplete =
    primary.flags === 'master' &&
    Number(primary['num-other-sentinels']) === SENTINELS - 1 &&
    replicas.length === 1 &&
    replicas.every((each) => each.flags === 'slave' && each['master-link-status'] === 'ok');
  if (!isComplete) throw new Error(`the sentinel on port ${port} does not know all the others`);
}

/** A reply of names and values in turn. */
function fieldsOf(reply) {
  const names = reply.filter((_, index) => index % 2 === 0);
  return Object.fromEntries(names.map((name, index) => [name, reply[2 * index + 1]]));
}

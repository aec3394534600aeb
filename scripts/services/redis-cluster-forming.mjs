import { askRedis, replicationOf } from './redis-client.mjs';
import { eventually } from './system/wait.mjs';

const SLOTS = 16_384;
const PRIMARIES = 3;

/** Each primary has one replica. */
export const NODES = 2 * PRIMARIES;

/** The first three become primaries, the others their replicas in the same order. */
export async function form(urls) {
  const ids = await Promise.all(urls.map((url) => askRedis(url, 'CLUSTER', 'MYID')));
  const primaries = urls.slice(0, PRIMARIES);
  const replicas = urls.slice(PRIMARIES);

  // Otherwise they would find out one after the other that they want the same epoch.
  await Promise.all(
    urls.map((url, index) => askRedis(url, 'CLUSTER', 'SET-CONFIG-EPOCH', index + 1)),
  );
  await Promise.all(
    primaries.map((url, index) => askRedis(url, 'CLUSTER', 'ADDSLOTS', ...slotsOf(index))),
  );
  // Each meets each: word of the others spreads only once a second.
  await Promise.all(
    urls.flatMap((url, index) =>
      urls.slice(index + 1).map(async (other) => {
        const { hostname, port } = new URL(other);
        await askRedis(url, 'CLUSTER', 'MEET', hostname, port);
      }),
    ),
  );
  await Promise.all(
    replicas.map((url, index) =>
      // Until they have met it does not know its primary.
      eventually(() => askRedis(url, 'CLUSTER', 'REPLICATE', ids[index])),
    ),
  );
}

/** That each node sees all the others well and each primary has its replica. */
export async function expectWhole(urls) {
  await Promise.all(
    urls.map(async (url) => {
      expectOk(await askRedis(url, 'CLUSTER', 'INFO'));
      expectAllWell(await askRedis(url, 'CLUSTER', 'NODES'));
      const { role, slave0, master_link_status: link } = await replicationOf(url);
      const isLinked = role === 'master' ? slave0?.includes('state=online') : link === 'up';
      if (!isLinked) throw new Error(`${url}, a ${role}, has no link`);
    }),
  );
}

export function expectOk(info) {
  if (!info.includes('cluster_state:ok')) throw new Error('the cluster is not in the state "ok"');
}

function expectAllWell(nodes) {
  const flags = nodes
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[2].replace('myself,', ''));
  const replicas = flags.filter((flag) => flag === 'slave');
  const primaries = flags.filter((flag) => flag === 'master');
  if (replicas.length !== PRIMARIES || primaries.length !== PRIMARIES) {
    throw new Error(`its nodes are ${flags.join(' ')}`);
  }
}

function slotsOf(index) {
  const first = Math.floor((index * SLOTS) / PRIMARIES);
  const end = Math.floor(((index + 1) * SLOTS) / PRIMARIES);
  return Array.from({ length: end - first }, (_, offset) => first + offset);
}

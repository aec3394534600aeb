import { Cluster } from 'ioredis';
import { askRedis, replicationOf } from './redis-client.mjs';
import { expectOk, expectWhole, form, NODES } from './redis-cluster-forming.mjs';
import { findRedis, launchRedis } from './redis-node.mjs';
import { redis } from './redis.mjs';
import { freePort } from './system/ports.mjs';
import { inScratchDir } from './system/scratch-dir.mjs';
import { allSettled, eventually } from './system/wait.mjs';

/** Where a node talks to the others. */
const BUS_DISTANCE = 10_000;

/** Its URL is the URLs of the nodes, with commas. */
export const redisCluster = {
  title: 'Redis Cluster',
  variable: 'TEST_REDIS_CLUSTER_URL',
  debianPackage: redis.debianPackage,
  brewFormula: redis.brewFormula,

  /** None has a usual place, nor a database of our own to borrow. */
  usualUrls: () => [],

  async check(url) {
    const urls = url.split(',');
    // A client of the cluster does not say why it reaches no node.
    await Promise.any(urls.map((node) => askRedis(node, 'CLUSTER', 'INFO')));

    const cluster = new Cluster(urls, {
      lazyConnect: true,
      clusterRetryStrategy: () => null,
      redisOptions: { connectTimeout: 5_000, commandTimeout: 5_000 },
    });
    cluster.on('error', () => {});
    try {
      await cluster.connect();
      expectOk(await cluster.cluster('INFO'));
    } finally {
      cluster.disconnect();
    }
  },

  program: findRedis,

  start: (program, { durable } = {}) =>
    inScratchDir(async (dir, defer) => {
      const nodes = await allSettled(
        Array.from({ length: NODES }, () => launchNode(program, { dir, durable }, defer)),
      );
      const urls = nodes.map(({ url }) => url);
      await form(urls);
      await eventually(() => expectWhole(urls));
      return { url: urls.join(','), ...crashesOf(nodes) };
    }),
};

async function launchNode(program, { dir, durable }, defer) {
  const port = await freePort([BUS_DISTANCE]);
  const config = { 'cluster-enabled': 'yes', 'cluster-node-timeout': 1_000 };
  return launchRedis(program, { dir, port, durable, config }, defer);
}

/** A crash takes one primary, whose replica then takes its place. */
function crashesOf(nodes) {
  const dead = new Set();
  return {
    async kill() {
      const primary = await firstPrimary(nodes.filter((node) => !dead.has(node)));
      dead.add(primary);
      await primary.kill();
    },
    async restart() {
      await allSettled([...dead].map((node) => node.restart()));
      dead.clear();
      await eventually(() => expectWhole(nodes.map(({ url }) => url)));
    },
  };
}

async function firstPrimary(nodes) {
  for (const node of nodes) {
    const { role } = await replicationOf(node.url);
    if (role === 'master') return node;
  }
  throw new Error('no primary is left');
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { askRedis, replicationOf } from './redis-client.mjs';
import { launch } from './system/launch.mjs';
import { findProgram, homebrewPlaces } from './system/programs.mjs';

export const redisUrlOf = (port) => `redis://127.0.0.1:${port}`;

export const findRedis = () =>
  findProgram(
    ['redis-server', 'valkey-server'],
    [...homebrewPlaces('redis'), ...homebrewPlaces('valkey')],
  );

/** One process of Redis, alone or of several, in a directory of its own below `dir`. */
export async function launchRedis(program, { dir, port, durable, replicaOf, config }, defer) {
  const home = join(dir, `${port}`);
  mkdirSync(home);
  const url = redisUrlOf(port);
  const args = argumentsOf({
    port,
    bind: '127.0.0.1',
    dir: home,
    save: '',
    appendonly: durable ? 'yes' : 'no',
    appendfsync: 'always',
    // A primary would wait some seconds for more replicas that want the same data.
    'repl-diskless-sync-delay': 0,
    ...config,
  });
  const server = await launch(
    {
      command: program,
      args: replicaOf ? [...args, '--replicaof', ...addressIn(replicaOf)] : args,
      dir: home,
      ready: () => (replicaOf ? expectLinkUp(url) : askRedis(url, 'PING')),
    },
    defer,
  );
  return { url, ...server };
}

const argumentsOf = (config) =>
  Object.entries(config).flatMap(([name, value]) => [`--${name}`, `${value}`]);

async function expectLinkUp(url) {
  const { master_link_status: status } = await replicationOf(url);
  if (status !== 'up') throw new Error(`its link to the primary is ${status}`);
}

function addressIn(url) {
  const { hostname, port } = new URL(url);
  return [hostname, port || '6379'];
}

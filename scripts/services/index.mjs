import { constants } from 'node:os';
import { adviceFor, failureOf, notInstalled, notUsable, errorMessage } from './advice.mjs';
import { chromium } from './chromium.mjs';
import { mariadb, typeOf } from './mariadb.mjs';
import { postgres } from './postgres.mjs';
import { redisCluster } from './redis-cluster.mjs';
import { redis } from './redis.mjs';
import { canInstall, install as installPackages } from './system/programs.mjs';
import { allSettled } from './system/wait.mjs';

export { startRedisSentinels } from './redis-sentinels.mjs';
export { typeOf };

/** Another server, or another program that the tests use, is another object here. */
const KNOWN = { postgres, mariadb, redis, redisCluster, chromium };

export const SERVICE_NAMES = Object.keys(KNOWN);

export const variableOf = (name) => KNOWN[name].variable;

/** Each of them as `{ url, how, stop() }`, or as `{ missing }`: a line that says what to do. */
export async function startServices(names = SERVICE_NAMES, { install = false } = {}) {
  const services = await findAll(names, starting);
  const installable = names.filter((name) => services[name].missing && isInstallable(name));
  if (!install || installable.length === 0 || !canInstall()) return services;

  try {
    await installPackages([...new Set(installable.map((name) => KNOWN[name].debianPackage))]);
  } catch (error) {
    const failed = installable.map((name) => [name, { missing: failureOf(KNOWN[name], error) }]);
    return { ...services, ...Object.fromEntries(failed) };
  }
  return { ...services, ...(await findAll(installable, starting)) };
}

/** What startServices would use, without starting or changing anything. */
export const checkServices = (names = SERVICE_NAMES) => findAll(names, looking);

export async function stopServices(services) {
  await allSettled(Object.values(services).map((service) => service.stop?.()));
}

/** Whether startPrivate has something to start. */
export const isInstalled = (name) => KNOWN[name].program() !== undefined;

/**
 * A server of our own that can be killed: `{ url, kill(), restart(), stop() }`. What it has said it
 * wrote is there again after `kill()` and `restart()`.
 */
export async function startPrivate(name, options) {
  const service = KNOWN[name];
  const program = service.program();
  if (!program) throw new Error(notInstalled(service));
  try {
    return stoppingOnce(await service.start(program, { ...options, durable: true }));
  } catch (error) {
    throw new Error(`${service.title}: ${errorMessage(error)}`, { cause: error });
  }
}

/** On a signal stops what `started` promises and exits; gives a function that takes this back. */
export function stopOnSignal(started, exitCodeOf = (signal) => 128 + constants.signals[signal]) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  let stopping = false;
  const handle = (signal) => {
    // npm passes on the Ctrl-C which the terminal has already sent.
    if (stopping) return;
    stopping = true;
    started.then(stopServices).then(
      () => process.exit(exitCodeOf(signal)),
      (error) => {
        console.error(errorMessage(error));
        process.exit(1);
      },
    );
  };
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.off(signal, handle);
  };
}

const starting = {
  running: async (service, url) => stoppingOnce(await service.borrow(url)),
  installed: async (service, program) => ({
    how: 'started',
    ...stoppingOnce(await service.start(program)),
  }),
};

const looking = {
  running: (service, url) => service.check(url).then(() => ({ url })),
  installed: async (_service, program) => ({ how: 'installed', url: program }),
};

/** A signal may come while we are stopping, and what we gave back may be another run's by then. */
function stoppingOnce({ stop, ...server }) {
  let stopped;
  return { ...server, stop: () => (stopped ??= stop()) };
}

async function findAll(names, use) {
  const found = names.map(async (name) => [name, await find(KNOWN[name], use)]);
  return Object.fromEntries(await Promise.all(found));
}

async function find(service, use) {
  const given = process.env[service.variable];
  if (given) return findGiven(service, given);

  const obstacles = [];
  for (const url of service.usualUrls()) {
    try {
      return { how: 'running', ...(await use.running(service, url)) };
    } catch (error) {
      obstacles.push(error);
    }
  }
  const program = service.program();
  if (!program) return { missing: adviceFor(service, obstacles[0]) };
  try {
    return await use.installed(service, program);
  } catch (error) {
    return { missing: failureOf(service, error) };
  }
}

async function findGiven(service, url) {
  try {
    await service.check(url);
    return { how: 'given', url, stop: async () => {} };
  } catch (error) {
    return { missing: notUsable(service, error) };
  }
}

const isInstallable = (name) => !process.env[variableOf(name)] && !isInstalled(name);

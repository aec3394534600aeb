import { constants } from 'node:os';
import { postgres } from './postgres.mjs';
import { canInstall, install as installPackages } from './programs.mjs';
import { redis } from './redis.mjs';

/** Another server is another object here. */
const KNOWN = { postgres, redis };

export const SERVICE_NAMES = Object.keys(KNOWN);

export const variableOf = (name) => KNOWN[name].variable;

/** Each of them as `{ url, how, stop() }`, or as `{ missing }`: a line that says what to do. */
export async function startServices(names = SERVICE_NAMES, { install = false } = {}) {
  const services = await findAll(names, starting);
  const installable = names.filter((name) => services[name].missing && isInstallable(KNOWN[name]));
  if (!install || installable.length === 0 || !canInstall()) return services;

  try {
    await installPackages(installable.map((name) => KNOWN[name].debianPackage));
  } catch (error) {
    const failed = installable.map((name) => [name, { missing: failureOf(KNOWN[name], error) }]);
    return { ...services, ...Object.fromEntries(failed) };
  }
  return { ...services, ...(await findAll(installable, starting)) };
}

/** What startServices would use, without starting or changing anything. */
export const checkServices = (names = SERVICE_NAMES) => findAll(names, looking);

export async function stopServices(services) {
  const stops = Object.values(services).map((service) => service.stop?.());
  const failed = (await Promise.allSettled(stops)).find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
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
        console.error(reasonOf(error));
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

async function findGiven({ title, variable, check }, url) {
  try {
    await check(url);
    return { how: 'given', url, stop: async () => {} };
  } catch (error) {
    return {
      missing: `${title}: ${variable} is set but not usable (${reasonOf(error)}); correct or unset it`,
    };
  }
}

const failureOf = ({ title, variable }, error) =>
  `${title}: ${reasonOf(error)}; put that right or set ${variable}`;

function adviceFor({ title, address, debianPackage, brewFormula, variable }, obstacle) {
  const refused = !obstacle || obstacle.code === 'ECONNREFUSED';
  const state = refused
    ? `not running on ${address}`
    : `not usable on ${address} (${reasonOf(obstacle)})`;
  return (
    `${title}: ${state} and not installed; install it (Debian: apt-get install ${debianPackage}, ` +
    `macOS: brew install ${brewFormula}) or set ${variable}`
  );
}

const isInstallable = ({ variable, program }) => !process.env[variable] && !program();

/** Node's error for a name with several addresses has its messages inside. */
const reasonOf = (error) => error.errors?.[0]?.message || error.message || error.code;

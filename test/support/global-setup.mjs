import {
  SERVICE_NAMES,
  startServices,
  stopOnSignal,
  stopServices,
  typeOf,
  variableOf,
} from '../../scripts/services/index.mjs';

export default async function globalSetup() {
  const inCi = Boolean(process.env.CI);
  const starting = startServices(SERVICE_NAMES, { install: inCi });
  const ignoreSignals = stopOnSignal(starting);
  const services = await starting;

  const missing = Object.values(services).flatMap((service) => service.missing ?? []);
  if (inCi && missing.length > 0) {
    await stopServices(services);
    ignoreSignals();
    throw new Error(missing.join('\n'));
  }

  for (const [name, { url, missing: line }] of Object.entries(services)) {
    if (url) {
      process.env[variableOf(name)] = url;
    } else {
      delete process.env[variableOf(name)];
      process.stderr.write(`not tested: ${line}\n`);
    }
  }
  const { TEST_MYSQL_URL: mysql } = process.env;
  if (mysql) process.env.TEST_MYSQL_TYPE = await typeOf(mysql);
  globalThis.testServices = { services, ignoreSignals };
}

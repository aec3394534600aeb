import { stopServices, variableOf } from '../../scripts/services/index.mjs';

export default async function globalTeardown() {
  const { services, ignoreSignals } = globalThis.testServices;
  // In watch mode the next run would take these for given.
  for (const [name, { how }] of Object.entries(services)) {
    if (how !== 'given') delete process.env[variableOf(name)];
  }
  await stopServices(services);
  ignoreSignals();
}

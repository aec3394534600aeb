/** What to do about a server that is nowhere. */
export function adviceFor(service, obstacle) {
  const { title, address, variable } = service;
  // Redis Cluster and a browser have no usual address.
  const state = address ? `${stateOf(address, obstacle)} and not installed` : 'not installed';
  return `${title}: ${state}; ${installationOf(service)} or set ${variable}`;
}

/** The same where only a server of our own will do. */
export const notInstalled = (service) =>
  `${service.title}: not installed; ${installationOf(service)}`;

export const failureOf = ({ title, variable }, error) =>
  `${title}: ${errorMessage(error)}; put that right or set ${variable}`;

export const notUsable = ({ title, variable }, error) =>
  `${title}: ${variable} is set but not usable (${errorMessage(error)}); correct or unset it`;

/** Node's error for a name with several addresses has its messages inside. */
export const errorMessage = (error) => error.errors?.[0]?.message || error.message || error.code;

const stateOf = (address, obstacle) =>
  !obstacle || obstacle.code === 'ECONNREFUSED'
    ? `not running on ${address}`
    : `not usable on ${address} (${errorMessage(obstacle)})`;

const installationOf = ({ debianPackage, brewFormula }) =>
  `install it (Debian: apt-get install ${debianPackage}, macOS: brew install ${brewFormula})`;

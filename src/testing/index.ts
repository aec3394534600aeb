export { admitTempID, type AdmitTempIDOptions } from './admit-tempid.js';
export { countChangesContract } from './count-changes-contract.js';
export { purgingContract } from './purging-contract.js';
export { scopesContract, scopesPurgingContract } from './scopes-contract.js';
export { sharedUsedByContract, usedByPurgingContract } from './shared-used-by-contract.js';
export { storeContract } from './store-contract.js';
export type { OpenedStore, TestRunner } from './test-runner.js';
export { usedByContract } from './used-by-contract.js';
export { usedByScopesContract } from './used-by-scopes-contract.js';

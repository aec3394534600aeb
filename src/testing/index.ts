export { admitTempID, type AdmitTempIDOptions } from './admit-tempid.js';
export { answersContract, sharedAnswersContract } from './answers-contract.js';
export { purgingContract } from './purging-contract.js';
export { scopesContract, scopesPurgingContract } from './scopes-contract.js';
export { storeContract } from './store-contract.js';
export type { OpenedStore, TestRunner } from './test-runner.js';

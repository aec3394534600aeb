export { scopesContract, scopesPurgingContract } from './scopes-contract.js';
export { purgingContract } from './purging-contract.js';
export { sharedAnswersContract } from './shared-answers-contract.js';
export { storeContract } from './store-contract.js';
export type { OpenedStore, TestRunner } from './test-runner.js';

import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../operations/scope.spec.js');

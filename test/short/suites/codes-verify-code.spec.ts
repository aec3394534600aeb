import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../codes/verify-code.spec.js');

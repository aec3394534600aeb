import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../codes/mint-code.spec.js');

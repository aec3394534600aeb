import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../operations/mint-and-verify.spec.js');

import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../operations/pasted-tokens.spec.js');

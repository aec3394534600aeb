import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../stores/held-tokens.spec.js');

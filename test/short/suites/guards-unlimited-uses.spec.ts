import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../guards/unlimited-uses.spec.js');

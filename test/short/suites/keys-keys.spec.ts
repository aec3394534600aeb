import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../keys/keys.spec.js');

import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../keys/keyring.spec.js');

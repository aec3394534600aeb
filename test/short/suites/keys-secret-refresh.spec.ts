import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../keys/secret-refresh.spec.js');

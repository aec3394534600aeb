import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../links/own-path.spec.js');

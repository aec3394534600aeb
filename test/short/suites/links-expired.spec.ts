import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../links/expired.spec.js');

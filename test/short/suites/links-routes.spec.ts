import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../links/routes.spec.js');

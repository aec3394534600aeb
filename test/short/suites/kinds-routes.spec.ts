import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../kinds/routes.spec.js');

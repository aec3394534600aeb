import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../links/browser-key.spec.js');

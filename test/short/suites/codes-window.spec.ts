import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../codes/window.spec.js');

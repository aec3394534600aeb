import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../codes/use-tempid-code.spec.js');

import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../codes/races.spec.js');

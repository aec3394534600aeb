import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../operations/used-by.spec.js');

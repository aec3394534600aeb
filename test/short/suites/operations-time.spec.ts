import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../operations/time.spec.js');

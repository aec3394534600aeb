import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../operations/revocation/out-of-time.spec.js');

import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../operations/revocation/replace.spec.js');

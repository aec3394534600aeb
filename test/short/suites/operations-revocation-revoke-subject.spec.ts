import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../operations/revocation/revoke-subject.spec.js');

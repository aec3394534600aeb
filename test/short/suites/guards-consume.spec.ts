import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../guards/consume.spec.js');

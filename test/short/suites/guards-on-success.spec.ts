import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../guards/on-success.spec.js');

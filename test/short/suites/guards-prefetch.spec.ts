import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../guards/prefetch.spec.js');

import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../guards/resumable.spec.js');

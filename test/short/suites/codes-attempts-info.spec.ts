import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../codes/attempts-info.spec.js');

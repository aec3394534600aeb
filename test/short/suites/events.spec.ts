import { mintShortByDefault } from '../../support/default-format.js';

mintShortByDefault();
await import('../../events/events.spec.js');

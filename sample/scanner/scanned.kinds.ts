import { defineTempID } from 'nestjs-tempid';

/** A link that asks for a click. */
export const Careful = defineTempID({ purpose: 'scanner-careful', expiresIn: '30m', maxUses: 1 });

/** A link that whoever opens it has used. */
export const Naive = defineTempID({ purpose: 'scanner-naive', expiresIn: '30m', maxUses: 1 });

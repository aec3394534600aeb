import { defineTempID } from 'nestjs-tempid';

/** The challenge of a code that signs its subject in. */
export const CodeLogin = defineTempID({ purpose: 'code-login', expiresIn: '10m' });

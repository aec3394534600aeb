import { defineTempID } from 'nestjs-tempid';

/** A link that signs its subject in, once. */
export const MagicLogin = defineTempID({
  purpose: 'magic-login',
  expiresIn: '15m',
  maxUses: 1,
});

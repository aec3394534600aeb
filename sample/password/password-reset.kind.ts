import { defineTempID } from 'nestjs-tempid';
import { PasswordBinding } from './password.binding.js';

/** A link that changes the password of the account that is its subject, once. */
export const PasswordReset = defineTempID({
  purpose: 'password-reset',
  expiresIn: '15m',
  maxUses: 1,
  boundTo: PasswordBinding,
});

import { expect } from '@jest/globals';
import type { Type } from '@nestjs/common';
import type { TempIDKind } from 'nestjs-tempid';
import type { Running } from '../support/run.js';
import { mailedPath } from './mails.js';
import type { Questions } from './questions.js';

interface Accounts {
  forgotPassword(email: string): Promise<void>;
  lockOut(userId: string): Promise<void>;
}

async function mailedToken(example: Running, accounts: Accounts): Promise<string> {
  await accounts.forgotPassword('ada@app.example');
  return new URLSearchParams(mailedPath(example).split('?')[1]).get('token') ?? '';
}

export const revocation: Readonly<Record<string, Questions>> = {
  'accounts.ts': {
    'lets only the newest of two mails work, until the user is locked out': async (example) => {
      const accounts = example.find(example.exports['Accounts'] as Type<Accounts>);
      const kind = example.exports['PasswordReset'] as TempIDKind<null>;
      const works = async (text: string) =>
        (await example.tempid.verify(text, kind, { checkUses: true })) !== null;
      const first = await mailedToken(example, accounts);
      const second = await mailedToken(example, accounts);
      expect([await works(first), await works(second)]).toEqual([false, true]);
      await accounts.lockOut('1');
      expect(await works(second)).toBe(false);
    },
  },
  'app.module.ts': {
    'refuses what was revoked by a plain verification': async ({ tempid }) => {
      const token = await tempid.mint({ purpose: 'invite' });
      const verify = () => tempid.verify(token.value, { purpose: 'invite' });
      expect(await verify()).not.toBeNull();
      await tempid.revoke(token);
      expect(await verify()).toBeNull();
    },
  },
};

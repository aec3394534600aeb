import { Injectable } from '@nestjs/common';
import type { BoundToken, TempIDBinding } from 'nestjs-tempid';
import { Accounts } from './accounts.service.js';

/** Lets a link work only as long as the password that it resets is still the one it was made for. */
@Injectable()
export class PasswordBinding implements TempIDBinding {
  constructor(private readonly accounts: Accounts) {}

  resolve({ subject }: BoundToken): Promise<string | null> {
    return this.accounts.passwordHashOf(Number(subject));
  }
}

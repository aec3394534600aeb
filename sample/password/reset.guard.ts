import { type ExecutionContext, Injectable } from '@nestjs/common';
import { type TempID, TempIDGuard, type UseTempIDOptions, type VerifyOptions } from 'nestjs-tempid';
import { Accounts } from './accounts.service.js';

export const PASSWORD_RESET = 'password-reset';

/** Lets a token through only as long as the password that it resets is still the one it was made for. */
@Injectable()
export class ResetGuard extends TempIDGuard {
  constructor(private readonly accounts: Accounts) {
    super();
  }

  protected override getVerifyOptions(
    context: ExecutionContext,
    route: UseTempIDOptions,
  ): VerifyOptions {
    return {
      ...super.getVerifyOptions(context, route),
      purpose: PASSWORD_RESET,
      boundTo: (token: TempID) => this.accounts.passwordHashOf(Number(token.subject)),
    };
  }
}

import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { RefusedForm } from '../pages/refused-form.js';
import { typed } from '../pages/text.js';
import { Accounts } from './accounts.service.js';
import { signedInPage, signInPage } from './sign-in.page.js';

@Controller('password/sign-in')
export class SignInController {
  constructor(private readonly accounts: Accounts) {}

  @Get()
  form(@Query('changed') changed: unknown): string {
    return signInPage({ changed: changed === 'yes' });
  }

  @Post()
  @HttpCode(200)
  async signIn(
    @Body('email') email: unknown,
    @Body('password') password: unknown,
  ): Promise<string> {
    const address = typed(email);
    if (await this.accounts.passwordIs(address, typeof password === 'string' ? password : '')) {
      return signedInPage(address);
    }
    const error = 'The address or the password is wrong.';
    throw new RefusedForm(() => signInPage({ email: address, error }), 401);
  }
}

import { Body, Controller, Get, Post, Redirect, UseFilters } from '@nestjs/common';
import { CurrentTempID, type TempIDOf, UseTempID } from 'nestjs-tempid';
import { BadLinkFilter } from '../pages/bad-link.filter.js';
import { RefusedForm } from '../pages/refused-form.js';
import { Accounts } from './accounts.service.js';
import { PasswordReset } from './password-reset.kind.js';
import { problemOfPassword, RESET_LINK_TEXTS, resetPage } from './reset.page.js';

@Controller('password/reset')
@UseFilters(new BadLinkFilter(RESET_LINK_TEXTS))
export class ResetController {
  constructor(private readonly accounts: Accounts) {}

  // Opening the link spends nothing, because mail scanners open every link before its reader does.
  @Get()
  @UseTempID(PasswordReset, { checkUses: true })
  form(@CurrentTempID() token: TempIDOf<typeof PasswordReset>): string {
    return resetPage(token);
  }

  // Who presses the button twice is let through twice, and the second time changes nothing any more.
  @Post()
  @UseTempID(PasswordReset, { consume: 'on-success', grace: '10s' })
  @Redirect('/password/sign-in?changed=yes', 303)
  async reset(
    @CurrentTempID() token: TempIDOf<typeof PasswordReset>,
    @Body('password') value: unknown,
  ): Promise<void> {
    const password = typeof value === 'string' ? value : '';
    const error = problemOfPassword(password);
    if (error !== undefined) throw new RefusedForm(() => resetPage(token, error));
    await this.accounts.changePassword(Number(token.subject), password);
  }
}

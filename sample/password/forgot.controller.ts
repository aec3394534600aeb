import { Body, Controller, Get, Post, Redirect } from '@nestjs/common';
import { RefusedForm } from '../pages/refused-form.js';
import { problemOfEmail, typed } from '../pages/text.js';
import { forgotPage, sentPage } from './forgot.page.js';
import { ResetMails } from './reset-mails.service.js';

@Controller('password/forgot')
export class ForgotController {
  constructor(private readonly resetMails: ResetMails) {}

  @Get()
  form(): string {
    return forgotPage();
  }

  @Post()
  @Redirect('/password/forgot/sent', 303)
  async send(@Body('email') value: unknown): Promise<void> {
    const email = typed(value);
    const error = problemOfEmail(email);
    if (error !== undefined) throw new RefusedForm(() => forgotPage({ email, error }));
    await this.resetMails.send(email);
  }

  @Get('sent')
  sent(): string {
    return sentPage();
  }
}

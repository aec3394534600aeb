import { Body, Controller, Get, Post, Redirect, Res } from '@nestjs/common';
import { RefusedForm } from '../pages/refused-form.js';
import { problemOfEmail, typed } from '../pages/text.js';
import type { CookieResponse } from '../session/cookies.js';
import { codePage } from './code.page.js';
import { CHALLENGE_COOKIE, Codes } from './codes.service.js';

@Controller('code')
export class CodeController {
  constructor(private readonly codes: Codes) {}

  @Get()
  form(): string {
    return codePage();
  }

  // A real application also limits how many mails an address, and an asker, may cause.
  @Post()
  @Redirect('/code/enter', 303)
  async send(
    @Body('email') value: unknown,
    @Res({ passthrough: true }) response: CookieResponse,
  ): Promise<void> {
    const email = typed(value);
    const error = problemOfEmail(email);
    if (error !== undefined) throw new RefusedForm(() => codePage({ email, error }));
    CHALLENGE_COOKIE.set(response, await this.codes.send(email));
  }
}

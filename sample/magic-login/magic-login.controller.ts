import { Body, Controller, Get, Post, Redirect, Res } from '@nestjs/common';
import {
  BrowserKey,
  CurrentTempID,
  EnsureBrowserKey,
  TempIDLink,
  type TempIDOf,
} from 'nestjs-tempid';
import { RefusedForm } from '../pages/refused-form.js';
import { policyWith } from '../pages/security-headers.js';
import { problemOfEmail, typed } from '../pages/text.js';
import type { CookieResponse } from '../session/cookies.js';
import { Sessions } from '../session/sessions.service.js';
import { MagicLogin } from './magic-login.kind.js';
import { expiredLinkPage, magicLoginPage, sentPage } from './magic-login.page.js';
import { MagicMails } from './magic-mails.service.js';

@Controller('magic-login')
export class MagicLoginController {
  constructor(
    private readonly mails: MagicMails,
    private readonly sessions: Sessions,
  ) {}

  @Get()
  @EnsureBrowserKey()
  form(): string {
    return magicLoginPage();
  }

  @Post()
  @Redirect('/magic-login/sent', 303)
  async send(
    @BrowserKey() browser: string,
    @Body('email') value: unknown,
    @Body('direct') box: unknown,
  ): Promise<void> {
    const email = typed(value);
    const direct = box === 'yes';
    const error = problemOfEmail(email);
    if (error !== undefined) throw new RefusedForm(() => magicLoginPage({ email, direct, error }));
    await this.mails.send(email, direct ? browser : null);
  }

  // A real application limits how often, as it limits the asking.
  @Post('again')
  @Redirect('/magic-login/sent', 303)
  async sendAgain(@Body('token') text: unknown): Promise<void> {
    if (await this.mails.sendAgain(typed(text))) return;
    const error = 'That link cannot be sent again. Type the address.';
    throw new RefusedForm(() => magicLoginPage({ error }));
  }

  @Get('sent')
  sent(): string {
    return sentPage();
  }

  @TempIDLink('open', MagicLogin, {
    boundTo: 'browser',
    grace: '10s',
    page: {
      askAgain: '/magic-login',
      template: expiredLinkPage,
      contentSecurityPolicy: policyWith,
    },
  })
  @Redirect('/session', 303)
  async open(
    @CurrentTempID() { subject }: TempIDOf<typeof MagicLogin>,
    @Res({ passthrough: true }) response: CookieResponse,
  ): Promise<void> {
    await this.sessions.begin(response, subject, { by: 'a link' });
  }
}

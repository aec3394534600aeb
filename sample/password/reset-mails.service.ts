import { Injectable } from '@nestjs/common';
import { TempIDService } from 'nestjs-tempid';
import { Outbox } from '../outbox/outbox.service.js';
import { momentText } from '../pages/parts.js';
import { Accounts } from './accounts.service.js';
import { PasswordReset } from './password-reset.kind.js';

@Injectable()
export class ResetMails {
  constructor(
    private readonly accounts: Accounts,
    private readonly tempid: TempIDService,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Sends a link where there is an account, and says nothing where there is none. A real mailer takes the
   * mail into a queue, so that the time taken does not tell either.
   */
  async send(email: string): Promise<void> {
    const account = await this.accounts.find(email);
    if (!account) return;
    // Of several mails only the newest has a link that works.
    const token = await this.tempid.mint(PasswordReset, null, {
      subject: String(account.id),
      replace: true,
    });
    await this.outbox.send({
      recipient: account.email,
      subject: 'Your new password',
      text: `Somebody, hopefully you, asked for a new password. The link works once, until ${momentText(token.expiresAt)}, and ends those of earlier mails. If it was not you, do nothing: your password stays as it is.`,
      linkLabel: 'Choose a new password',
      linkPath: `/password/reset?token=${token.value}`,
    });
  }
}

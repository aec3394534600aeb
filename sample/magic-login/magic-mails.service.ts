import { Injectable } from '@nestjs/common';
import { TempIDService } from 'nestjs-tempid';
import { Outbox } from '../outbox/outbox.service.js';
import { momentText } from '../pages/parts.js';
import { MagicLogin } from './magic-login.kind.js';

@Injectable()
export class MagicMails {
  constructor(
    private readonly tempid: TempIDService,
    private readonly outbox: Outbox,
  ) {}

  /** @param browser the key of the one that needs no button; null: every browser needs it */
  async send(email: string, browser: string | null): Promise<void> {
    const token = await this.tempid.mint(MagicLogin, null, {
      subject: email.toLowerCase(),
      ...(browser !== null && { boundTo: browser }),
    });
    await this.outbox.send({
      recipient: email,
      subject: 'Your link to sign in',
      text: `Somebody, hopefully you, wants to sign in. The link works once, until ${momentText(token.expiresAt)}. If it was not you, do nothing.`,
      linkLabel: 'Sign in',
      linkPath: this.tempid.link('/magic-login/open', token),
    });
  }
}

import { Injectable } from '@nestjs/common';
import { type TempID, TempIDError, TempIDService } from 'nestjs-tempid';
import { Outbox } from '../outbox/outbox.service.js';
import { momentText } from '../pages/parts.js';
import { MagicLogin } from './magic-login.kind.js';

/** In milliseconds: how long after its end a link is sent again. */
const WEEK = 604_800_000;

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

  /**
   * Sends a new link to the address of one that has expired, and to no other.
   *
   * @returns false for what is no such link
   */
  async sendAgain(text: string): Promise<boolean> {
    const token = await this.expiredLink(text);
    if (!token || token.subject === null) return false;
    await this.send(token.subject, null);
    return true;
  }

  private async expiredLink(text: string): Promise<TempID | null> {
    try {
      const token = await this.tempid.parse(text);
      const isOver = token.isExpired() && Date.now() - token.expiresAt.getTime() < WEEK;
      return token.purpose === MagicLogin.purpose && isOver ? token : null;
    } catch (error) {
      if (error instanceof TempIDError) return null;
      throw error;
    }
  }
}

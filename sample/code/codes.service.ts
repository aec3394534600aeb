import { Injectable } from '@nestjs/common';
import { type AttemptsInfo, type TempID, TempIDError, TempIDService } from 'nestjs-tempid';
import { Outbox } from '../outbox/outbox.service.js';
import { momentText } from '../pages/parts.js';
import { TokenCookie } from '../session/cookies.js';
import { CodeLogin } from './code-login.kind.js';

export const ATTEMPTS = 5;

/** Attempts are counted for the address as well, so that who asks for code after code does not get to guess without end. */
export const WINDOW = '10m';

/**
 * The challenge waits in a cookie: unlike a hidden field it outlives the redirect after the form and a reload,
 * and a page of somebody else can plant none, to have a visitor sign in as them.
 */
export const CHALLENGE_COOKIE = new TokenCookie('challenge', '/code');

@Injectable()
export class Codes {
  constructor(
    private readonly tempid: TempIDService,
    private readonly outbox: Outbox,
  ) {}

  /** Sends a code, unless even the right one would be refused, and gives the challenge that it answers. */
  async send(email: string): Promise<TempID> {
    const { formatted, challenge } = await this.tempid.mintCode(CodeLogin, null, {
      // Or each way to write an address would have attempts of its own.
      subject: email.toLowerCase(),
      maxAttempts: ATTEMPTS,
    });
    const { left } = await this.attemptsAt(challenge);
    if (left === 0) return challenge;
    await this.outbox.send({
      recipient: email,
      subject: 'Your code to sign in',
      text: `Type it where you asked for it, until ${momentText(challenge.expiresAt)}. Nobody will ever ask you for it: tell it to nobody.`,
      code: formatted,
      linkLabel: 'Back to where you asked',
      linkPath: '/code/enter',
    });
    return challenge;
  }

  /** The attempts at the code of a challenge, of which it spends none. */
  attemptsAt(challenge: TempID): Promise<AttemptsInfo> {
    return this.tempid.attemptsInfo(challenge, { window: WINDOW });
  }

  /** A challenge to show, not to trust: no attempt is spent. null of what is none, or no longer. */
  async challengeOf(text: string | undefined): Promise<TempID | null> {
    try {
      const token = await this.tempid.parse(text ?? '');
      return token.purpose === CodeLogin.purpose && !token.isExpired() ? token : null;
    } catch (error) {
      if (error instanceof TempIDError) return null;
      throw error;
    }
  }
}

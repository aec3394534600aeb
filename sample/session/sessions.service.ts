import { Injectable } from '@nestjs/common';
import { type TempIDOf, TempIDService } from 'nestjs-tempid';
import { type CookieResponse, TokenCookie } from './cookies.js';
import { Session, type SignIn } from './session.kind.js';

export const SESSION_COOKIE = new TokenCookie('session', '/');

/** Sessions that are tokens: none is stored, and one that ends early is revoked. */
@Injectable()
export class Sessions {
  constructor(private readonly tempid: TempIDService) {}

  async begin(response: CookieResponse, email: string | null, signIn: SignIn): Promise<void> {
    const session = await this.tempid.mint(Session, signIn, { subject: email ?? '' });
    SESSION_COOKIE.set(response, session);
  }

  /** Also for whoever has a copy of the cookie. */
  async end(response: CookieResponse, session: TempIDOf<typeof Session>): Promise<void> {
    await this.tempid.revoke(session);
    SESSION_COOKIE.clear(response);
  }
  /** Wherever else its subject is signed in. */
  async endAll(response: CookieResponse, { subject }: TempIDOf<typeof Session>): Promise<void> {
    await this.tempid.revokeSubject({ purpose: Session, subject: subject ?? '' });
    SESSION_COOKIE.clear(response);
  }
}

import { Injectable } from '@nestjs/common';
import { type TempID, TempIDService } from 'nestjs-tempid';
import { type CookieResponse, TokenCookie } from './cookies.js';

export const SESSION = 'session';

export const SESSION_COOKIE = new TokenCookie('session', '/');

/** How somebody signed in. */
export interface SignIn {
  readonly by: 'a link' | 'a code';
}

/** Sessions that are tokens: none is stored, and one that ends early is revoked. */
@Injectable()
export class Sessions {
  constructor(private readonly tempid: TempIDService) {}

  async begin(response: CookieResponse, email: string | null, signIn: SignIn): Promise<void> {
    const session = await this.tempid.mint({
      purpose: SESSION,
      subject: email ?? '',
      expiresIn: '1h',
      payload: signIn,
    });
    SESSION_COOKIE.set(response, session);
  }

  /** Also for whoever has a copy of the cookie. */
  async end(response: CookieResponse, session: TempID<SignIn>): Promise<void> {
    await this.tempid.revoke(session);
    SESSION_COOKIE.clear(response);
  }
}

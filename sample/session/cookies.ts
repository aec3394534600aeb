import type { TempID } from 'nestjs-tempid';

interface CookieOptions {
  readonly path: string;
  readonly httpOnly: boolean;
  readonly sameSite: 'lax';
  readonly expires?: Date;
}

/** What Express' response does with cookies. */
export interface CookieResponse {
  cookie(name: string, value: string, options: CookieOptions): unknown;
  clearCookie(name: string, options: CookieOptions): unknown;
}

/** A cookie that holds a token, and ends with it. */
export class TokenCookie {
  private readonly options: CookieOptions;

  /**
   * Lax, because the link in a mail leads here from another site; no form of another site sends it. A server
   * with TLS adds `secure: true`.
   */
  constructor(
    readonly name: string,
    path: string,
  ) {
    this.options = { path, httpOnly: true, sameSite: 'lax' };
  }

  set(response: CookieResponse, token: TempID<unknown>): void {
    response.cookie(this.name, token.value, { ...this.options, expires: token.expiresAt });
  }

  clear(response: CookieResponse): void {
    response.clearCookie(this.name, this.options);
  }
}

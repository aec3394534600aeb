import { Controller, Get, Post, Redirect, Res, UseFilters } from '@nestjs/common';
import { CurrentTempID, fromCookie, type TempIDOf, UseTempID } from 'nestjs-tempid';
import type { CookieResponse } from './cookies.js';
import { NotSignedInFilter } from './not-signed-in.filter.js';
import { Session } from './session.kind.js';
import { sessionPage } from './session.page.js';
import { SESSION_COOKIE, Sessions } from './sessions.service.js';

// `checkUses` asks the store on every request, so that a session that was ended stays ended.
@Controller('session')
@UseTempID(Session, { extract: fromCookie(SESSION_COOKIE.name), checkUses: true })
@UseFilters(NotSignedInFilter)
export class SessionController {
  constructor(private readonly sessions: Sessions) {}

  @Get()
  show(@CurrentTempID() session: TempIDOf<typeof Session>): string {
    return sessionPage(session);
  }

  @Post('end')
  @Redirect('/session', 303)
  async end(
    @CurrentTempID() session: TempIDOf<typeof Session>,
    @Res({ passthrough: true }) response: CookieResponse,
  ): Promise<void> {
    await this.sessions.end(response, session);
  }
  @Post('end-all')
  @Redirect('/session', 303)
  async endAll(
    @CurrentTempID() session: TempIDOf<typeof Session>,
    @Res({ passthrough: true }) response: CookieResponse,
  ): Promise<void> {
    await this.sessions.endAll(response, session);
  }
}

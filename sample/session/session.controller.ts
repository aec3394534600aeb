import { Controller, Get, Post, Redirect, Res, UseFilters } from '@nestjs/common';
import { CurrentTempID, fromCookie, type TempID, UseTempID } from 'nestjs-tempid';
import type { CookieResponse } from './cookies.js';
import { NotSignedInFilter } from './not-signed-in.filter.js';
import { sessionPage } from './session.page.js';
import { SESSION, SESSION_COOKIE, Sessions, type SignIn } from './sessions.service.js';

// `checkUses` asks the store on every request, so that a session that was ended stays ended.
@Controller('session')
@UseTempID({ purpose: SESSION, extract: fromCookie(SESSION_COOKIE.name), checkUses: true })
@UseFilters(NotSignedInFilter)
export class SessionController {
  constructor(private readonly sessions: Sessions) {}

  @Get()
  show(@CurrentTempID() session: TempID<SignIn>): string {
    return sessionPage(session);
  }

  @Post('end')
  @Redirect('/session', 303)
  async end(
    @CurrentTempID() session: TempID<SignIn>,
    @Res({ passthrough: true }) response: CookieResponse,
  ): Promise<void> {
    await this.sessions.end(response, session);
  }
}

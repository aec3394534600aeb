import { Controller, Get, Post, Redirect, Res, UseFilters } from '@nestjs/common';
import { CurrentTempID, type TempIDOf, UseTempIDCode } from 'nestjs-tempid';
import { RefusedForm } from '../pages/refused-form.js';
import type { CookieResponse } from '../session/cookies.js';
import { Sessions } from '../session/sessions.service.js';
import { Challenge, fromChallengeCookie } from './challenge.decorator.js';
import { CodeLogin } from './code-login.kind.js';
import { CHALLENGE_COOKIE, Codes, WINDOW } from './codes.service.js';
import { BAD_CODES, badCodePage, enterPage, overPage } from './enter.page.js';
import { WrongCodeFilter } from './wrong-code.filter.js';

@Controller('code/enter')
export class EnterController {
  constructor(
    private readonly codes: Codes,
    private readonly sessions: Sessions,
  ) {}

  @Get()
  async form(@Challenge() text: string | undefined): Promise<string> {
    const challenge = await this.codes.challengeOf(text);
    if (!challenge) throw new RefusedForm(() => badCodePage(BAD_CODES.none), 401);
    const attempts = await this.codes.attemptsAt(challenge);
    if (attempts.left === 0) throw new RefusedForm(() => overPage(attempts), 401);
    return enterPage(challenge, attempts);
  }

  @Post()
  @UseTempIDCode(CodeLogin, { window: WINDOW, extract: fromChallengeCookie, grace: '10s' })
  @UseFilters(WrongCodeFilter)
  @Redirect('/session', 303)
  async enter(
    @CurrentTempID() { subject }: TempIDOf<typeof CodeLogin>,
    @Res({ passthrough: true }) response: CookieResponse,
  ): Promise<void> {
    CHALLENGE_COOKIE.clear(response);
    await this.sessions.begin(response, subject, { by: 'a code' });
  }
}

import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
} from '@nestjs/common';
import {
  TempIDCodeError,
  TempIDExhaustedError,
  TempIDExpiredError,
  type TempIDRequest,
  TempIDUnauthorizedException,
} from 'nestjs-tempid';
import { PageFilter } from '../pages/page.filter.js';
import { sendPage } from '../pages/send-page.js';
import type { CookieResponse } from '../session/cookies.js';
import { fromChallengeCookie } from './challenge.decorator.js';
import { CHALLENGE_COOKIE, Codes } from './codes.service.js';
import { BAD_CODES, badCodePage, enterPage, overPage } from './enter.page.js';

/** Shows the form again as long as its challenge waits for a code, and then says how to start again. */
@Catch(TempIDUnauthorizedException)
export class WrongCodeFilter implements ExceptionFilter<TempIDUnauthorizedException> {
  constructor(private readonly codes: Codes) {}

  async catch({ cause }: TempIDUnauthorizedException, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<TempIDRequest>();
    const text = fromChallengeCookie(request, host as ExecutionContext);
    if (cause instanceof TempIDExpiredError) {
      CHALLENGE_COOKIE.clear(host.switchToHttp().getResponse<CookieResponse>());
    }
    try {
      sendPage(host, 401, await this.pageOf(cause, text));
    } catch (error) {
      // Nothing catches what a filter throws.
      await new PageFilter().catch(error, host);
    }
  }

  private async pageOf(cause: unknown, text: string | undefined): Promise<string> {
    if (cause instanceof TempIDExpiredError) return badCodePage(BAD_CODES.expired);
    const challenge = await this.codes.challengeOf(text);
    if (!challenge) return badCodePage(BAD_CODES.none);
    const attempts = await this.codes.attemptsAt(challenge);
    if (cause instanceof TempIDExhaustedError || attempts.left === 0) return overPage(attempts);
    const isWrong = cause instanceof TempIDCodeError;
    return enterPage(challenge, attempts, isWrong ? 'That is not the code.' : NOTHING_TYPED);
  }
}

const NOTHING_TYPED = 'Type the code of the mail. Typing none costs no attempt.';

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
  type TempID,
  type TempIDRequest,
  TempIDUnauthorizedException,
} from 'nestjs-tempid';
import { sendPage } from '../pages/send-page.js';
import type { CookieResponse } from '../session/cookies.js';
import { fromChallengeCookie } from './challenge.decorator.js';
import { CHALLENGE_COOKIE, Codes } from './codes.service.js';
import { BAD_CODES, badCodePage, enterPage } from './enter.page.js';

/** Shows the form again as long as its challenge waits for a code, and then says how to start again. */
@Catch(TempIDUnauthorizedException)
export class WrongCodeFilter implements ExceptionFilter<TempIDUnauthorizedException> {
  constructor(private readonly codes: Codes) {}

  async catch({ cause }: TempIDUnauthorizedException, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<TempIDRequest>();
    const text = fromChallengeCookie(request, host as ExecutionContext);
    const challenge = await this.codes.challengeOf(text);
    const isOver = cause instanceof TempIDExhaustedError || cause instanceof TempIDExpiredError;
    if (isOver) CHALLENGE_COOKIE.clear(host.switchToHttp().getResponse<CookieResponse>());
    sendPage(host, 401, pageOf(cause, challenge));
  }
}

function pageOf(cause: unknown, challenge: TempID | null): string {
  if (cause instanceof TempIDExhaustedError) return badCodePage(BAD_CODES.exhausted);
  if (cause instanceof TempIDExpiredError) return badCodePage(BAD_CODES.expired);
  if (!challenge) return badCodePage(BAD_CODES.none);
  return cause instanceof TempIDCodeError
    ? enterPage(challenge, { error: 'That is not the code.', left: cause.attemptsLeft })
    : enterPage(challenge, { error: 'Type the code of the mail. Typing none costs no attempt.' });
}

import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { fromCookie, type TempIDRequest } from 'nestjs-tempid';
import { CHALLENGE_COOKIE } from './codes.service.js';

export const fromChallengeCookie = fromCookie(CHALLENGE_COOKIE.name);

/** The challenge in the browser's cookie, unchecked. */
export const Challenge = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  fromChallengeCookie(context.switchToHttp().getRequest<TempIDRequest>(), context),
);

import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { TempIDUnauthorizedException } from 'nestjs-tempid';
import { sendPage } from '../pages/send-page.js';
import { notSignedInPage } from './session.page.js';

/** Asks whoever has no session to sign in. */
@Catch(TempIDUnauthorizedException)
export class NotSignedInFilter implements ExceptionFilter<TempIDUnauthorizedException> {
  catch(exception: TempIDUnauthorizedException, host: ArgumentsHost): void {
    sendPage(host, exception.getStatus(), notSignedInPage());
  }
}

import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  UseGuards,
} from '@nestjs/common';
import { askBrowserKey, ensureBrowserKey } from '../links/browser-key.js';

/**
 * A random key of the browser that sends the request: where it has none, it is given one with the answer, in
 * a cookie that scripts cannot read. Mint a link with `boundTo: key`, and `@TempIDLink(…, { boundTo:
 * 'browser' })` knows the browser that asked for it. It belongs on the route to which a form of your own page
 * posts: what a page of another origin sends there, as `Sec-Fetch-Site` or `Origin` tells, is answered 403 by a
 * TempIDForbiddenException, and the handler does not run. The page of the form wears `@EnsureBrowserKey()`.
 *
 * @example
 * \@Post('login/ask')
 * async ask(@BrowserKey() key: string, \@Body('email') email: string) {
 *   const token = await this.tempid.mint({ purpose: 'login', maxUses: 1, subject: email, boundTo: key });
 * }
 */
export const BrowserKey = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  askBrowserKey(context),
);

const browserKeyGuard: CanActivate = {
  canActivate: (context) => Boolean(ensureBrowserKey(context)),
};

/**
 * Gives the browser its key with this answer, so that it has it when it asks for a link: of a double click the
 * browser throws the first answer away, and what that sets. It stands on the GET of the page whose form posts to a
 * route with `@BrowserKey()`. Pages of other origins may lead there, since nobody is told the key.
 *
 * @example
 * \@Get('login')
 * \@EnsureBrowserKey()
 * form() {
 *   return '<form method="post">…</form>';
 * }
 */
export function EnsureBrowserKey(): MethodDecorator & ClassDecorator {
  return UseGuards(browserKeyGuard);
}

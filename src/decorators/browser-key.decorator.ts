import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ensureBrowserKey } from '../links/browser-key.js';

/**
 * A random key of the browser that sends the request: where it has none, it is given one with the answer, in
 * a cookie that scripts cannot read. Mint a link with `boundTo: key`, and `@TempIDLink(…, { boundTo:
 * 'browser' })` knows the browser that asked for it.
 *
 * @example
 * \@Post('login/ask')
 * async ask(@BrowserKey() key: string, \@Body('email') email: string) {
 *   const token = await this.tempid.mint({ purpose: 'login', maxUses: 1, subject: email, boundTo: key });
 * }
 */
export const BrowserKey = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  ensureBrowserKey(context),
);

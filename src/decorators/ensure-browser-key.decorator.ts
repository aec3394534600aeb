import { type CanActivate, type ExecutionContext, UseGuards } from '@nestjs/common';
import { ensureBrowserKey } from '../links/browser-key.js';

const guard: CanActivate = {
  canActivate(context: ExecutionContext): boolean {
    ensureBrowserKey(context);
    return true;
  },
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
  return UseGuards(guard);
}

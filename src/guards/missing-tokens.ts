import { type ExecutionContext, Logger } from '@nestjs/common';
import { TempIDMissingError } from '../common/errors.js';
import type { TempIDRequest } from '../requests/extractors.js';

const AFTER_GUARDS =
  'The interceptors for files parse the fields of multipart/form-data after all guards, so no guard sees a token there. ' +
  `Send it in the query or in a header, such as 'X-Token', where the option 'extract' of the route looks.`;

/** Says why a request has no token. Of a form with files its sender would look for the fault in vain. */
export class MissingTokens {
  private readonly warnedHandlers = new WeakSet<object>();

  toError(context: ExecutionContext): TempIDMissingError {
    if (!isMultipart(context)) return new TempIDMissingError('The request has no token.');
    const handler = context.getHandler();
    if (!this.warnedHandlers.has(handler)) {
      this.warnedHandlers.add(handler);
      const name = `${context.getClass().name}.${handler.name}`;
      new Logger('TempIDGuard').warn(`A form with files to ${name} had no token. ${AFTER_GUARDS}`);
    }
    return new TempIDMissingError(`The request has no token that a guard can see. ${AFTER_GUARDS}`);
  }
}

function isMultipart(context: ExecutionContext): boolean {
  if (context.getType() !== 'http') return false;
  const { headers } = context.switchToHttp().getRequest<TempIDRequest>();
  return /^multipart\/form-data\b/i.test(String(headers['content-type'] ?? ''));
}

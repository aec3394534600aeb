import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { catchError, type Observable, tap } from 'rxjs';
import { recordOf } from './request-record.js';

/** Tells a use that is held for `consume: 'on-success'` what became of the handler. */
@Injectable()
export class TempIDInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const heldUse = recordOf(context)?.heldUse;
    if (!heldUse) return next.handle();
    heldUse.begin();
    // An interceptor around this one may throw, and so end this stream, as soon as there is a value.
    return next.handle().pipe(
      tap({ next: () => heldUse.succeed(), complete: () => heldUse.succeed() }),
      catchError(async (error: unknown) => {
        await heldUse.fail();
        throw error;
      }),
    );
  }
}

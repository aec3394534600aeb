import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { catchError, concat, defer, from, ignoreElements, type Observable } from 'rxjs';
import { recordOf } from './request-record.js';

/** Tells a use that is held for `consume: 'on-success'` what became of the handler. */
@Injectable()
export class TempIDInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const heldUse = recordOf(context)?.heldUse;
    if (!heldUse) return next.handle();
    heldUse.begin();
    const succeed = defer(() => from(heldUse.succeed())).pipe(ignoreElements());
    return concat(next.handle(), succeed).pipe(
      catchError(async (error: unknown) => {
        await heldUse.fail();
        throw error;
      }),
    );
  }
}

import {
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { catchError, identity, type Observable, takeLast, tap } from 'rxjs';
import { TempIDError } from '../common/errors.js';
import { interceptorsOf, isEventStream } from '../common/nest-internals.js';
import { transportOf } from '../requests/transports/index.js';
import { stateOf } from '../requests/request-state.js';
import { onePerProcess } from '../common/one-per-process.js';

/** Tells a use that is held for `consume: 'on-success'` what became of the pipes and the handler. */
const reservationInterceptor = onePerProcess('reservationInterceptor', (): NestInterceptor => ({
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const reservation = stateOf(context)?.reservation;
    if (!reservation) return next.handle();
    try {
      reservation.begin();
    } catch (error) {
      if (!(error instanceof TempIDError)) throw error;
      throw await transportOf(context).toException(error, context);
    }
    // The handler is done with its last value, which is all that Nest sends, except of a stream.
    // An interceptor around this one may throw, and so end this stream, as soon as there is a value.
    const values = next.handle().pipe(isStream(context) ? identity : takeLast(1));
    return values.pipe(
      tap({ next: () => reservation.commit(), complete: () => reservation.commit() }),
      catchError(async (error: unknown) => {
        await reservation.release();
        throw error;
      }),
    );
  },
}));

/** Whether Nest sends every value of the handler: of events by HTTP, and of messages. */
function isStream(context: ExecutionContext): boolean {
  const type: string = context.getType();
  return type === 'ws' || type === 'rpc' || isEventStream(context.getHandler());
}

/** Whether {@link reservationInterceptor} will tell what becomes of a handler. */
export function isObserved(handler: object): boolean {
  return interceptorsOf(handler).includes(reservationInterceptor);
}

/**
 * Puts the interceptor on a handler, before it is registered: after all others, so that it is the innermost.
 * Around another one it could not tell a handler that failed from one that a timeout has given up and that
 * still runs.
 */
export function observe(prototype: object, name: string): void {
  const handler: unknown = Reflect.get(prototype, name);
  if (typeof handler !== 'function' || isObserved(handler)) return;
  UseInterceptors(reservationInterceptor)(prototype, name, { value: handler });
}

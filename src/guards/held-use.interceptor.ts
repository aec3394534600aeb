import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { SSE_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { catchError, identity, type Observable, takeLast, tap } from 'rxjs';
import { TempIDError } from '../errors.js';
import { recordOf } from './request-record.js';
import { toException } from './tempid.exceptions.js';
import { USE_TEMPID, type UseTempIDOptions } from './use-tempid.options.js';

/** Tells a use that is held for `consume: 'on-success'` what became of the pipes and the handler. */
const heldUseInterceptor: NestInterceptor = {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const heldUse = recordOf(context)?.heldUse;
    if (!heldUse) return next.handle();
    try {
      heldUse.begin();
    } catch (error) {
      throw error instanceof TempIDError ? toException(error) : error;
    }
    // The handler is done with its last value, which is all that Nest sends, except of a stream of events.
    // An interceptor around this one may throw, and so end this stream, as soon as there is a value.
    const isStream = Reflect.hasMetadata(SSE_METADATA, context.getHandler());
    const values = next.handle().pipe(isStream ? identity : takeLast(1));
    return values.pipe(
      tap({ next: () => heldUse.succeed(), complete: () => heldUse.succeed() }),
      catchError(async (error: unknown) => {
        await heldUse.fail();
        throw error;
      }),
    );
  },
};

const observed = new WeakSet<object>();

/** Whether {@link heldUseInterceptor} will tell what becomes of a handler. */
export function isObserved(handler: object): boolean {
  return observed.has(handler);
}

/**
 * Puts the interceptor on every route with `consume: 'on-success'`, before routes are registered: after all
 * others, so that it is the innermost. Around another one it could not tell a handler that failed from one
 * that a timeout has given up and that still runs.
 */
@Injectable()
export class HeldUseRoutes {
  constructor(modules: ModulesContainer) {
    for (const { controllers } of modules.values()) {
      for (const { metatype } of controllers.values()) {
        if (typeof metatype === 'function') observeRoutes(metatype as Type<object>);
      }
    }
  }
}

function observeRoutes(controller: Type<object>): void {
  const prototype: object = controller.prototype;
  for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
    const handler: unknown = Reflect.get(prototype, name);
    if (typeof handler !== 'function' || observed.has(handler)) continue;
    const route = new Reflector().getAllAndOverride<UseTempIDOptions | undefined>(USE_TEMPID, [
      handler,
      controller,
    ]);
    if (route?.consume !== 'on-success') continue;
    UseInterceptors(heldUseInterceptor)(prototype, name, { value: handler });
    observed.add(handler);
  }
}

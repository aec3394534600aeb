import {
  type ArgumentsHost,
  BadRequestException,
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  type NestInterceptor,
  RequestTimeoutException,
} from '@nestjs/common';
import { catchError, from, mergeMap, type Observable, of, race, throwError } from 'rxjs';
import {
  type Admission,
  TempIDGuard,
  type UseTempIDOptions,
  type VerifyOptions,
} from '../../src/index.js';
import { Gate } from '../support/gate.js';

export class RefusingGuard implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException();
  }
}

export class ThrowingBefore implements NestInterceptor {
  intercept(): Observable<unknown> {
    throw new BadRequestException();
  }
}

export class ThrowingAfter implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(mergeMap(() => throwError(() => new BadRequestException())));
  }
}

/** As a cache does. */
export class Answering implements NestInterceptor {
  intercept(): Observable<unknown> {
    return of('from the cache');
  }
}

export const timeout = new Gate();

/** Gives a handler up when the test says so. */
export class TimingOut implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    const late = from(timeout.pass()).pipe(
      mergeMap(() => throwError(() => new RequestTimeoutException())),
    );
    return race(next.handle(), late);
  }
}

/** Gives the first run up as a timeout does, and runs the handler again. */
export class RunningTwice implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    const late = from(timeout.pass()).pipe(
      mergeMap(() => throwError(() => new RequestTimeoutException())),
    );
    return race(next.handle(), late).pipe(catchError(() => next.handle()));
  }
}

@Catch(BadRequestException)
export class AnsweringFilter implements ExceptionFilter {
  catch(_: BadRequestException, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse();
    response.status(200).send('sorry');
  }
}

/** Checks as the route says, once more, since it is another guard. */
@Injectable()
export class OtherGuard extends TempIDGuard {}

/** Spends nothing, whatever the route says. */
@Injectable()
export class LookingGuard extends TempIDGuard {
  protected override async admit(value: string): Promise<Admission> {
    return { token: await this.tempid.verifyOrThrow(value), isUsed: false };
  }
}

/** Spends only where the request is no dry run. */
@Injectable()
export class DryRunGuard extends TempIDGuard {
  protected override async admit(
    value: string,
    context: ExecutionContext,
    route: UseTempIDOptions,
    options: VerifyOptions,
  ): Promise<Admission> {
    const { body } = context.switchToHttp().getRequest<{ body: { dry?: boolean } }>();
    return body.dry
      ? { token: await this.tempid.verifyOrThrow(value, options), isUsed: false }
      : super.admit(value, context, route, options);
  }
}

/** Spends by itself, in two steps. */
@Injectable()
export class OwnSpendingGuard extends TempIDGuard {
  protected override async admit(value: string): Promise<Admission> {
    const token = await this.tempid.verifyOrThrow(value);
    return { token: await this.tempid.useOrThrow(token), isUsed: true };
  }
}

@Injectable()
export class OnSuccessByItself extends TempIDGuard {
  protected override getRouteOptions(): UseTempIDOptions {
    return { consume: 'on-success' };
  }
}

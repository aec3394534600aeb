import {
  type ArgumentsHost,
  BadRequestException,
  Body,
  type CallHandler,
  Catch,
  type ExceptionFilter,
  UseFilters,
  type CanActivate,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  HttpCode,
  Injectable,
  type MessageEvent,
  type NestInterceptor,
  ParseIntPipe,
  Post,
  RequestTimeoutException,
  Res,
  Sse,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import {
  catchError,
  concat,
  defer,
  from,
  mergeMap,
  type Observable,
  of,
  race,
  throwError,
} from 'rxjs';
import { type TempID, TempIDGuard, UseTempID, type UseTempIDOptions } from '../../src/index.js';
import { Gate } from '../support/gate.js';

class RefusingGuard implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException();
  }
}

class ThrowingBefore implements NestInterceptor {
  intercept(): Observable<unknown> {
    throw new BadRequestException();
  }
}

class ThrowingAfter implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(mergeMap(() => throwError(() => new BadRequestException())));
  }
}

/** As a cache does. */
class Answering implements NestInterceptor {
  intercept(): Observable<unknown> {
    return of('from the cache');
  }
}

export const timeout = new Gate();

/** Gives a handler up when the test says so. */
class TimingOut implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    const late = from(timeout.pass()).pipe(
      mergeMap(() => throwError(() => new RequestTimeoutException())),
    );
    return race(next.handle(), late);
  }
}

/** Gives the first run up as a timeout does, and runs the handler again. */
class RunningTwice implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    const late = from(timeout.pass()).pipe(
      mergeMap(() => throwError(() => new RequestTimeoutException())),
    );
    return race(next.handle(), late).pipe(catchError(() => next.handle()));
  }
}

@Catch(BadRequestException)
class AnsweringFilter implements ExceptionFilter {
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
  protected override admit(value: string): Promise<TempID> {
    return this.tempid.verifyOrThrow(value);
  }
}

let runs = 0;

@Injectable()
export class OnSuccessByItself extends TempIDGuard {
  protected override getRouteOptions(): UseTempIDOptions {
    return { consume: 'on-success' };
  }
}

export const gate = new Gate();
const ON_SUCCESS = { consume: 'on-success' } as const;

/** Nest runs the guards and interceptors of the decorator nearest to the handler first. */
@Controller()
export class OnSuccessController {
  @Post('consume')
  @UseTempID(true)
  consume(): string {
    return 'done';
  }

  @Post('piped')
  @UseTempID(ON_SUCCESS)
  piped(@Body('number', ParseIntPipe) number: number): number {
    return number;
  }

  @Post('throws')
  @UseTempID(ON_SUCCESS)
  throws(): never {
    throw new Error('of the handler');
  }

  @Post('status')
  @UseTempID(ON_SUCCESS)
  @HttpCode(422)
  status(): string {
    return 'not quite';
  }

  @Post('guard')
  @UseGuards(RefusingGuard)
  @UseTempID(ON_SUCCESS)
  guard(): string {
    return 'done';
  }

  @Post('before')
  @UseTempID(ON_SUCCESS)
  @UseInterceptors(ThrowingBefore)
  before(): string {
    return 'done';
  }

  @Post('after')
  @UseTempID(ON_SUCCESS)
  @UseInterceptors(ThrowingAfter)
  after(): string {
    return 'done';
  }

  @Post('cached')
  @UseTempID(ON_SUCCESS)
  @UseInterceptors(Answering)
  cached(): string {
    return 'done';
  }

  @Post('itself')
  @UseTempID(ON_SUCCESS)
  itself(@Res() response: { status(code: number): { send(text: string): void } }): void {
    response.status(406).send('done, and answered as the client asked for');
  }

  @Sse('stream')
  @UseTempID(ON_SUCCESS)
  stream(): Observable<MessageEvent> {
    return concat(
      of({ data: 'done' }),
      throwError(() => new Error('after the first event')),
    );
  }

  @Post('slow')
  @UseTempID(ON_SUCCESS)
  async slow(@Body('fail') fail: boolean): Promise<string> {
    await gate.pass();
    if (fail) throw new BadRequestException();
    return 'done';
  }

  @Post('twice')
  @UseTempID(ON_SUCCESS)
  @UseInterceptors(RunningTwice)
  async twice(): Promise<string> {
    if (runs++ % 2 === 0) await gate.pass();
    else throw new BadRequestException();
    return 'done';
  }

  @Post('values')
  @UseTempID(ON_SUCCESS)
  @UseInterceptors(TimingOut)
  values(): Observable<string> {
    return concat(
      of('first'),
      defer(async () => {
        await gate.pass();
        return 'last';
      }),
    );
  }

  @Post('filtered')
  @UseTempID(ON_SUCCESS)
  @UseFilters(AnsweringFilter)
  filtered(): never {
    throw new BadRequestException();
  }

  @Post('other-guard')
  @UseGuards(OtherGuard)
  @UseTempID({ consume: true, checkUses: true })
  otherGuard(): string {
    return 'done';
  }

  @Post('looking-guard')
  @UseTempID(true)
  @UseGuards(LookingGuard)
  lookingGuard(): string {
    return 'done';
  }

  @Post('undecorated')
  @UseGuards(OnSuccessByItself)
  undecorated(): string {
    return 'done';
  }
}

@Controller('class')
@UseTempID(ON_SUCCESS)
export class OnSuccessOfClassController {
  @Post('throws')
  throws(): never {
    throw new BadRequestException();
  }

  @Post('given-up')
  @UseInterceptors(TimingOut)
  async givenUp(): Promise<string> {
    await gate.pass();
    return 'done';
  }
}

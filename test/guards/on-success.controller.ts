import {
  BadRequestException,
  Body,
  Controller,
  HttpCode,
  type MessageEvent,
  ParseIntPipe,
  Post,
  Res,
  Sse,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { concat, defer, type Observable, of, throwError } from 'rxjs';
import { UseTempID } from '../../src/index.js';
import { Gate } from '../support/gate.js';
import {
  Answering,
  AnsweringFilter,
  DryRunGuard,
  LookingGuard,
  OwnSpendingGuard,
  OnSuccessByItself,
  OtherGuard,
  RefusingGuard,
  RunningTwice,
  ThrowingAfter,
  ThrowingBefore,
  TimingOut,
} from './on-success.obstacles.js';

let runs = 0;

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

  @Post('looking-guard-on-success')
  @UseTempID(ON_SUCCESS)
  @UseGuards(LookingGuard)
  lookingGuardOnSuccess(@Body() { fail }: { fail?: boolean }): string {
    if (fail) throw new BadRequestException();
    return 'done';
  }

  @Post('dry-run')
  @UseTempID({ ...ON_SUCCESS, guard: DryRunGuard })
  dryRun(@Body() { fail }: { fail?: boolean }): string {
    if (fail) throw new BadRequestException();
    return 'done';
  }

  @Post('own-guard')
  @UseTempID({ ...ON_SUCCESS, guard: OwnSpendingGuard })
  ownGuard(@Body() { fail }: { fail?: boolean }): string {
    if (fail) throw new BadRequestException();
    return 'done';
  }

  @Post('own-guard-and-other')
  @UseTempID(ON_SUCCESS)
  @UseGuards(OwnSpendingGuard)
  ownGuardAndOther(@Body() { fail }: { fail?: boolean }): string {
    if (fail) throw new BadRequestException();
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

import {
  type ExecutionContext,
  Inject,
  Injectable,
  ParseIntPipe,
  type PipeTransform,
  type Type,
  UseGuards,
} from '@nestjs/common';
import {
  CurrentTempID,
  fromBody,
  type TempID,
  TempIDGuard,
  TempIDService,
  TokenPayload,
  UseTempID,
  type UseTempIDOptions,
  type VerifyOptions,
} from '../../../src/index.js';
import { RefusingGuard } from '../../guards/on-success.obstacles.js';
import { Gate } from '../../support/gate.js';

/** How a transport says what the tests say alike everywhere. */
export interface Dialect {
  /** What stands on the class of the handlers. */
  ofClass(): ClassDecorator;
  /** What makes a method the handler of that name. */
  handle(name: string): MethodDecorator;
  /** What gives a parameter a property of the data that is sent. */
  field(name: string, ...pipes: Type<PipeTransform>[]): ParameterDecorator;
}

/** A guard of an application. */
@Injectable()
class SubjectGuard extends TempIDGuard {
  protected override getVerifyOptions(
    context: ExecutionContext,
    route: UseTempIDOptions,
  ): VerifyOptions {
    return { ...super.getVerifyOptions(context, route), subject: 'ada' };
  }
}

/** Who is named in what was sent, by whatever transport. */
function whoIn(context: ExecutionContext): string | undefined {
  const args: { readonly who?: string; readonly body?: { readonly who?: string } }[] =
    context.getArgs();
  const named = args.map((each) => Object(each) as (typeof args)[number]);
  return named.flatMap(({ who, body }) => who ?? body?.who ?? []).at(0);
}

/** Holds the handler `slow`. */
export const gate = new Gate();

/** The same guard, decorators and handlers, on any transport. */
export function createHandlers({ ofClass, handle, field }: Dialect): Type<object>[] {
  @ofClass()
  class Handlers {
    constructor(@Inject(TempIDService) private readonly tempid: TempIDService) {}

    @handle('uses')
    async uses(@field('token') token: unknown): Promise<string> {
      return (await this.tempid.useOrThrow(String(token), { purpose: 'read' })).id;
    }

    @handle('mistakes')
    async mistakes(@field('token') kind: unknown): Promise<string> {
      const mistake = kind === 'payload' ? { payload: { at: new Date() } } : { maxUses: -1 };
      return (await this.tempid.mint(mistake as object)).id;
    }

    @handle('read')
    @UseTempID({ purpose: 'read', consume: true })
    read(
      @field('token') _token: unknown,
      @TokenPayload() payload: unknown,
      @TokenPayload('userId') userId: unknown,
      @CurrentTempID() token: TempID,
    ): string {
      return JSON.stringify({ payload, userId, id: token.id });
    }

    @handle('joins')
    @UseTempID({ consume: true, by: whoIn })
    joins(
      @field('token') _token: unknown,
      @field('who') _who: unknown,
      @CurrentTempID('repeated') repeated: boolean,
    ): string {
      return `repeated: ${repeated}`;
    }

    @handle('retries')
    @UseTempID({ consume: true, by: whoIn, repeat: true })
    retries(
      @field('token') _token: unknown,
      @field('who') _who: unknown,
      @CurrentTempID('repeated') repeated: boolean,
    ): string {
      return `repeated: ${repeated}`;
    }

    @handle('verify')
    @UseTempID()
    verify(@field('token') _token: unknown): string {
      return 'done';
    }

    @handle('consume')
    @UseTempID(true)
    consume(@field('token') _token: unknown, @CurrentTempID() token: TempID): string {
      return token.id;
    }

    @handle('piped')
    @UseTempID({ consume: 'on-success' })
    piped(@field('token') _token: unknown, @field('number', ParseIntPipe) number: unknown): string {
      return String(number);
    }

    @handle('throws')
    @UseTempID({ consume: 'on-success' })
    throws(@field('token') _token: unknown): string {
      throw new Error('the handler failed');
    }

    @handle('slow')
    @UseTempID({ consume: 'on-success' })
    async slow(@field('token') _token: unknown, @field('fail') fail: unknown): Promise<string> {
      await gate.pass();
      if (fail) throw new Error('the handler failed');
      return 'done';
    }

    // Nest runs the guards of the decorator nearest to the handler first.
    @handle('refused_later')
    @UseGuards(RefusingGuard)
    @UseTempID({ consume: 'on-success' })
    refusedLater(@field('token') _token: unknown): string {
      return 'done';
    }

    @handle('elsewhere')
    @UseTempID({ consume: true, extract: fromBody('ticket') })
    elsewhere(@field('token') _token: unknown, @field('ticket') _ticket: unknown): string {
      return 'done';
    }

    @handle('guarded')
    @UseTempID({ consume: true, guard: SubjectGuard })
    guarded(@field('token') _token: unknown): string {
      return 'done';
    }
  }

  @ofClass()
  @UseTempID(true)
  class HandlersOfDecoratedClass {
    @handle('both')
    @UseTempID(true)
    both(@field('token') _token: unknown): string {
      return 'done';
    }

    @handle('class')
    ofTheClass(@field('token') _token: unknown): string {
      return 'done';
    }
  }

  return [Handlers, HandlersOfDecoratedClass];
}

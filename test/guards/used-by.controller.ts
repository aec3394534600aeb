import { Body, Controller, Get, HttpException, Post, UseGuards } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import {
  CurrentTempID,
  type TempIDRequest,
  TempIDGuard,
  type TempIDRoute,
  UseTempID,
} from '../../src/index.js';
import { Gate } from '../support/gate.js';

export const gate = new Gate();
/** Of each run of a handler whether it was a repeated one, in order. */
export const runs: boolean[] = [];

const requestOf = (context: ExecutionContext) => context.switchToHttp().getRequest<TempIDRequest>();
const userOf = (context: ExecutionContext) =>
  requestOf(context).headers['x-user'] as string | undefined;

/** Names people by a header of its own. */
class TeamGuard extends TempIDGuard {
  protected override getBy(context: ExecutionContext, _route: TempIDRoute, value: string): string {
    return `${String(requestOf(context).headers['x-team'])} ${value.length}`;
  }
}

/** Admits by what the guard gives it, as one of an application may. */
class OwnGuard extends TempIDGuard {
  protected override async admit(...[value, , , options]: Parameters<TempIDGuard['admit']>) {
    return { token: await this.tempid.useOrThrow(value, options), isUsed: true };
  }
}

class OtherGuard extends TempIDGuard {}

@Controller()
export class UsedByController {
  @Post('join')
  @UseTempID({ consume: true, by: userOf })
  join(@CurrentTempID('repeated') repeated: boolean): object {
    runs.push(repeated);
    return { repeated };
  }

  @Post('retry')
  @UseTempID({ consume: true, by: async (context) => userOf(context), repeat: true })
  retry(@CurrentTempID('repeated') repeated: boolean): object {
    runs.push(repeated);
    return { repeated };
  }

  @Post('odd')
  @UseTempID({
    consume: true,
    by: (context) => requestOf(context).headers['x-user']?.length as never,
  })
  odd(): string {
    return 'never';
  }

  @Post('fails')
  @UseTempID({ consume: 'on-success', by: userOf, repeat: '10s' })
  async fails(
    @CurrentTempID('repeated') repeated: boolean,
    @Body('status') status: number | undefined,
  ): Promise<object> {
    runs.push(repeated);
    if (status) throw new HttpException('it failed', status);
    return { repeated };
  }

  @Post('held')
  @UseTempID({ consume: 'on-success', by: userOf, repeat: '10s' })
  async held(@CurrentTempID('repeated') repeated: boolean): Promise<object> {
    runs.push(repeated);
    await gate.pass();
    return { repeated };
  }

  @Post('team')
  @UseTempID({ consume: true, by: userOf, guard: TeamGuard })
  team(): string {
    return 'in';
  }

  @Post('own')
  @UseTempID({ consume: true, by: userOf, guard: OwnGuard })
  own(): string {
    return 'in';
  }

  @Post('twice')
  @UseTempID({ consume: true, by: userOf, repeat: '10s' })
  @UseGuards(OtherGuard)
  twice(@CurrentTempID('repeated') repeated: boolean): object {
    runs.push(repeated);
    return { repeated };
  }

  @Post('form')
  @UseTempID({ consume: true, grace: '10s' })
  form(@CurrentTempID('repeated') repeated: boolean): object {
    runs.push(repeated);
    return { repeated };
  }

  @Get('opened')
  @UseTempID({ consume: true, by: 'form', repeat: true })
  opened(@CurrentTempID('repeated') repeated: boolean): object {
    runs.push(repeated);
    return { repeated };
  }

  @Post('strict')
  @UseTempID({ consume: true, by: 'form' })
  strict(): string {
    return 'in';
  }
}

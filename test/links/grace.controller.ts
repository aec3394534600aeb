import {
  BadRequestException,
  Body,
  Controller,
  HttpCode,
  Redirect,
  Res,
  UseGuards,
} from '@nestjs/common';
import { CurrentTempID, TempIDLink, TempIDLinkGuard } from '../../src/index.js';
import { Gate } from '../support/gate.js';

export const gate = new Gate();
/** Of each run of a handler whether it was a repeated one, in order. */
export const runs: boolean[] = [];

interface Response {
  header(name: string, value: unknown): unknown;
}

const GRACE = { purpose: 'login', grace: '10s' } as const;

/** Checks once more, by itself. */
class OtherGuard extends TempIDLinkGuard {}

@Controller()
export class GraceController {
  @TempIDLink('login', GRACE)
  @Redirect('/home', 303)
  async login(
    @CurrentTempID('repeated') repeated: boolean,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    runs.push(repeated);
    await gate.pass();
    response.header('Set-Cookie', ['session=ada; HttpOnly', 'theme=dark']);
  }

  @TempIDLink('short', { ...GRACE, grace: '1s' })
  @Redirect('/home', 302)
  short(@CurrentTempID('repeated') repeated: boolean): void {
    runs.push(repeated);
  }

  @TempIDLink('throws', GRACE)
  throws(@CurrentTempID('repeated') repeated: boolean): never {
    runs.push(repeated);
    throw new BadRequestException();
  }

  @TempIDLink('refunds', { ...GRACE, consume: 'on-success' })
  @Redirect('/home', 307)
  refunds(
    @CurrentTempID('repeated') repeated: boolean,
    @Body('fail') fail: string | undefined,
  ): void {
    runs.push(repeated);
    if (fail) throw new BadRequestException();
  }

  @TempIDLink('page', GRACE)
  @HttpCode(200)
  page(@CurrentTempID('repeated') repeated: boolean): string {
    runs.push(repeated);
    return 'welcome';
  }

  @TempIDLink('asked', { ...GRACE, boundTo: 'browser' })
  @Redirect('/home', 303)
  asked(@CurrentTempID('repeated') repeated: boolean): void {
    runs.push(repeated);
  }

  @UseGuards(OtherGuard)
  @TempIDLink('guarded', GRACE)
  @Redirect('/home', 303)
  guarded(@CurrentTempID('repeated') repeated: boolean): void {
    runs.push(repeated);
  }

  @TempIDLink('once', { purpose: 'login', by: () => 'ada' })
  once(@CurrentTempID('repeated') repeated: boolean): void {
    runs.push(repeated);
  }
}

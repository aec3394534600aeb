import {
  BadRequestException,
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  HttpCode,
  Redirect,
  Res,
  UseGuards,
} from '@nestjs/common';
import { TempIDLinkGuard, TempIDLink } from '../../src/index.js';
import { Gate } from '../support/gate.js';

export const gate = new Gate();
/** How often a handler has begun. */
export const runs = { count: 0 };

interface NodeResponse {
  writeHead(status: number, headers: object): { end(body?: string): void };
}

interface Response extends NodeResponse {
  readonly raw?: NodeResponse;
  header(name: string, value: unknown): unknown;
}

const GRACE = { purpose: 'login', grace: '10s' } as const;

/** Checks once more, by itself. */
class OtherGuard extends TempIDLinkGuard {}

@Controller()
export class GraceController {
  @TempIDLink('login', GRACE)
  @Redirect('/home', 303)
  async login(@Res({ passthrough: true }) response: Response): Promise<void> {
    runs.count++;
    await gate.pass();
    response.header('Set-Cookie', ['session=ada; HttpOnly', 'theme=dark']);
  }

  @TempIDLink('short', { ...GRACE, grace: '1s' })
  @Redirect('/home', 302)
  async short(): Promise<void> {
    runs.count++;
    await gate.pass();
  }

  @TempIDLink('throws', GRACE)
  async throws(): Promise<never> {
    runs.count++;
    await gate.pass();
    throw new BadRequestException();
  }

  @TempIDLink('refunds', { ...GRACE, consume: 'on-success' })
  @Redirect('/home', 307)
  refunds(@Body('fail') fail: string | undefined): void {
    runs.count++;
    if (fail) throw new BadRequestException();
  }

  @TempIDLink('page', GRACE)
  @HttpCode(200)
  page(): string {
    runs.count++;
    return 'welcome';
  }

  @TempIDLink('raw', GRACE)
  raw(@Res() response: Response): void {
    runs.count++;
    const node = response.raw ?? response;
    node.writeHead(302, { Location: '/home?by=hand', 'Set-Cookie': ['session=raw'] }).end('moved');
  }

  /** Longer as JSON than in a header. */
  @TempIDLink('long', GRACE)
  @Redirect('/home', 303)
  long(@Res({ passthrough: true }) response: Response): void {
    runs.count++;
    response.header('Set-Cookie', `session=${'"'.repeat(9_000)}`);
  }

  @TempIDLink('asked', { ...GRACE, boundTo: 'browser' })
  @Redirect('/home', 303)
  asked(): void {
    runs.count++;
  }

  @UseGuards(OtherGuard)
  @TempIDLink('guarded', GRACE)
  @Redirect('/home', 303)
  guarded(): void {
    runs.count++;
  }
}

interface SessionResponse {
  readonly raw?: SessionResponse;
  writeHead(...args: unknown[]): unknown;
  getHeader(name: string): unknown;
  setHeader(name: string, value: unknown): unknown;
}

/** Sets the cookies of a new session as the headers are written, as express-session does. */
class Session implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: { cookie?: string } }>();
    const response = context.switchToHttp().getResponse<SessionResponse>();
    const node = response.raw ?? response;
    const { writeHead } = node;
    const isNew = !request.headers.cookie?.includes('session=');
    node.writeHead = (...args) => {
      const cookies = [node.getHeader('Set-Cookie') ?? []].flat();
      const own = [`session=${Math.random()}`, 'visit=1'];
      if (isNew) node.setHeader('Set-Cookie', [...cookies, ...own]);
      return Reflect.apply(writeHead, node, args);
    };
    return true;
  }
}

@Controller('session')
@UseGuards(Session)
export class SessionController {
  @TempIDLink('login', GRACE)
  @Redirect('/home', 303)
  async login(): Promise<void> {
    runs.count++;
    await gate.pass();
  }
}

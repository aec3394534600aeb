import { Controller, type ExecutionContext, Get, Injectable, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CurrentTempID,
  fromCookie,
  fromHeader,
  MemoryTempIDStore,
  type MintCodeOptions,
  type TempID,
  TempIDCodeGuard,
  TempIDStore,
  TokenPayload,
  UseTempID,
  UseTempIDCode,
} from '../../src/index.js';
import { json, PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { wrongCode } from './wrong-code.js';

@Injectable()
class OwnGuard extends TempIDCodeGuard {
  protected override getCode(context: ExecutionContext): string | undefined {
    return this.find(context, fromHeader('x-code'));
  }
}

@Controller()
class LoginController {
  @Post('login')
  @UseTempIDCode({ purpose: 'login' })
  login(@CurrentTempID() { subject }: TempID, @TokenPayload('next') next: string) {
    return { subject, next };
  }

  @Post('hourly')
  @UseTempIDCode({ purpose: 'login', window: '1h' })
  hourly(): string {
    return 'in';
  }

  @Post('own-account')
  @UseTempIDCode({ purpose: 'login', subject: () => undefined })
  ownAccount(): string {
    return 'in';
  }

  @Post('cookie')
  @UseTempIDCode({
    purpose: 'login',
    extract: fromCookie('challenge'),
    code: [fromHeader('x-code')],
  })
  cookie(): string {
    return 'in';
  }

  @Post('own-guard')
  @UseTempIDCode({ purpose: 'login', guard: OwnGuard })
  ownGuard(): string {
    return 'in';
  }

  @Get('link')
  @UseTempIDCode({
    purpose: 'login',
    extract: fromHeader('x-challenge'),
    code: fromHeader('x-code'),
  })
  link(): string {
    return 'in';
  }

  @Post('token')
  @UseTempID({ purpose: 'login', consume: true })
  token(): string {
    return 'in';
  }
}

@Controller('class')
@UseTempIDCode({ purpose: 'login', guard: OwnGuard })
class ClassController {
  @Post('same')
  same(): string {
    return 'in';
  }

  @Post('code')
  @UseTempIDCode({ purpose: 'pay' })
  code(): string {
    return 'in';
  }

  @Post('token')
  @UseTempID({ purpose: 'pay' })
  token(): string {
    return 'in';
  }
}

@Controller('tokens')
@UseTempID({ purpose: 'read' })
class TokensController {
  @Post('code')
  @UseTempIDCode({ purpose: 'login' })
  code(): string {
    return 'in';
  }
}

/** Counts in memory until it is told to break. */
class FragileStore extends MemoryTempIDStore {
  isBroken = false;

  override async consume(id: string, maxUses: number, keepUntil: Date) {
    if (this.isBroken) throw new Error('no connection');
    return super.consume(id, maxUses, keepUntil);
  }
}

function unauthorized(code: string, message: string, more: object = {}) {
  return { status: 401, body: { statusCode: 401, error: 'Unauthorized', code, message, ...more } };
}

describe.each(PLATFORMS)('a route with @UseTempIDCode on %s', (platform) => {
  let running: RunningApp;

  const mint = async (options: Partial<MintCodeOptions> = {}) => {
    const minted = await running.tempid.mintCode({
      purpose: 'login',
      subject: String(Math.random()),
      ...(options as object),
    });
    return { ...minted, challenge: minted.challenge.value, token: minted.challenge };
  };

  beforeAll(async () => {
    running = await startApp(
      platform,
      [LoginController, ClassController, TokensController],
      { store: FragileStore },
      [OwnGuard],
    );
  });

  afterAll(() => running.app.close());

  it('a challenge with its code is let through, and the handler gets its subject and payload', async () => {
    const payload = { next: '/home' };
    const { code, challenge } = await mint({ subject: '42', payload: payload as never });
    const answer = await running.send('/login', json({ challenge, code }));
    expect(answer).toMatchObject({ status: 201, body: { subject: '42', next: '/home' } });
  });

  it('a code is taken as people type it, and taken once', async () => {
    const { formatted, challenge } = await mint();
    const body = json({ challenge, code: ` ${formatted.replace(' ', ' - ')}` });
    expect((await running.send('/login', body)).status).toBe(201);
    expect(await running.send('/login', body)).toMatchObject(
      unauthorized('TEMPID_EXHAUSTED', 'The token has been used up.'),
    );
  });

  it('a wrong code is answered with the attempts that are left, and then that there are none', async () => {
    const { code, challenge } = await mint({ maxAttempts: 3 });
    const guess = () => running.send('/login', json({ challenge, code: wrongCode(code) }));
    const wrong = (attemptsLeft: number) =>
      unauthorized('TEMPID_CODE', 'The code is not right.', { attemptsLeft });
    expect(await guess()).toMatchObject(wrong(2));
    expect(await guess()).toMatchObject(wrong(1));
    const exhausted = unauthorized('TEMPID_EXHAUSTED', 'The token has been used up.');
    expect(await guess()).toEqual(expect.objectContaining(exhausted));
    expect(await running.send('/login', json({ challenge, code }))).toMatchObject(exhausted);
  });

  it('attempts are counted for the subject, where the route has a window', async () => {
    const [first, second] = [await mint({ subject: 'hourly' }), await mint({ subject: 'hourly' })];
    const guess = ({ code, challenge }: typeof first) =>
      running.send('/hourly', json({ challenge, code: wrongCode(code) }));
    for (const minted of [first, first, second, second]) await guess(minted);
    expect(await guess(first)).toMatchObject({ body: { code: 'TEMPID_EXHAUSTED' } });
    expect(await running.send('/hourly', json(second))).toMatchObject({ status: 401 });
    expect(await running.send('/hourly', json(await mint()))).toMatchObject({ status: 201 });
  });

  it('a request without a challenge or without a code as text is answered TEMPID_MISSING, and counts no attempt', async () => {
    const { code, challenge, token } = await mint();
    const missing = unauthorized('TEMPID_MISSING', 'A token is needed.');
    for (const body of [
      {},
      { code },
      { challenge },
      { challenge, code: '' },
      { challenge, code: 7 },
    ]) {
      expect(await running.send('/login', json(body))).toMatchObject(missing);
    }
    expect((await running.tempid.usesInfo(token)).used).toBe(0);
  });

  it('a challenge of another purpose or subject, and garbage, are refused', async () => {
    const { code, challenge } = await mint({ purpose: 'pay' });
    const scope = unauthorized('TEMPID_SCOPE', 'The token is not meant for this.');
    expect(await running.send('/login', json({ challenge, code }))).toMatchObject(scope);
    expect(await running.send('/own-account', json(await mint()))).toMatchObject(scope);
    expect(await running.send('/login', json({ challenge: code, code }))).toMatchObject(
      unauthorized('TEMPID_FORMAT', 'The token is not valid.'),
    );
  });

  it('the challenge and the code are taken from where the extractors of the route say', async () => {
    const { code, challenge } = await mint();
    const request = (headers: Record<string, string>) =>
      running.send('/cookie', { method: 'POST', headers });
    expect((await running.send('/cookie', json({ challenge, code }))).status).toBe(401);
    expect((await request({ 'x-code': code })).status).toBe(401);
    const cookie = `theme=dark; challenge=${challenge}`;
    expect((await request({ 'x-code': code, cookie })).status).toBe(201);
  });

  it('@UseTempIDCode runs a guard of the application', async () => {
    const { code, challenge } = await mint();
    const request = json({ challenge });
    expect((await running.send('/own-guard', request)).status).toBe(401);
    const headers = { ...(request.headers as Record<string, string>), 'x-code': code };
    expect((await running.send('/own-guard', { ...request, headers })).status).toBe(201);
  });

  it('a code is answered 503 where the store cannot answer', async () => {
    const { code, challenge } = await mint();
    const store = running.app.get<FragileStore>(TempIDStore);
    store.isBroken = true;
    const answer = await running.send('/login', json({ challenge, code }));
    store.isBroken = false;
    expect(answer).toMatchObject({ status: 503, body: { code: 'TEMPID_STORE_UNAVAILABLE' } });
    expect((await running.send('/login', json({ challenge, code }))).status).toBe(201);
  });

  it('a HEAD request with a right code counts no attempt', async () => {
    const { code, challenge } = await mint();
    const headers = { 'x-code': code, 'x-challenge': challenge };
    await fetch(`${running.url}/link`, { method: 'HEAD', headers });
    expect((await running.send('/link', { headers })).status).toBe(200);
  });

  it('the options of the handler replace those of its class', async () => {
    const { code, challenge } = await mint();
    const request = json({ challenge });
    const headers = { ...(request.headers as Record<string, string>), 'x-code': code };
    expect((await running.send('/class/same', { ...request, headers })).status).toBe(201);
    const pay = await mint({ purpose: 'pay' });
    const paying = { ...json(pay), headers: { ...headers, 'x-code': pay.code } };
    // Two guards of one request are one attempt.
    expect((await running.send('/class/code', paying)).status).toBe(201);
    expect((await running.send('/tokens/code', json(await mint()))).status).toBe(201);
  });

  it('two guards that read a pasted challenge count one attempt', async () => {
    const { code, challenge, token } = await mint({ purpose: 'pay' });
    const request = json({ challenge: ` "${challenge}"\n`, code });
    const headers = { ...(request.headers as Record<string, string>), 'x-code': code };
    expect((await running.send('/class/code', { ...request, headers })).status).toBe(201);
    expect(await running.tempid.usesInfo(token)).toMatchObject({ left: 0 });
  });

  it('a code beside @UseTempID of its class lets nothing through', async () => {
    const { code, challenge, token } = await mint();
    const body = json({ challenge, code, token: challenge });
    expect((await running.send('/class/token', body)).status).toBe(500);
    expect((await running.tempid.usesInfo(token)).used).toBe(0);
  });

  it('a route with @UseTempID refuses a challenge', async () => {
    const { challenge, code } = await mint();
    expect(await running.send('/token', json({ token: challenge, code }))).toMatchObject(
      unauthorized('TEMPID_SCOPE', 'The token is not meant for this.'),
    );
  });
});

describe('@UseTempIDCode', () => {
  it.each([{ consume: true }, { boundTo: () => 'x' }, { window: 'soon' }, { window: '0s' }])(
    '@UseTempIDCode refuses %p',
    (options: object) => {
      expect(() => UseTempIDCode(options)).toThrow(`'${Object.keys(options)[0]}'`);
    },
  );

  it('@UseTempIDCode refuses a handler that has @UseTempID already', () => {
    expect(() => {
      class Both {
        @UseTempIDCode()
        @UseTempID()
        both(): void {}
      }
      return Both;
    }).toThrow('two decorators');
  });

  it('@UseTempIDCode refuses a handler that gets @UseTempID above it', () => {
    expect(() => {
      class Both {
        @UseTempID()
        @UseTempIDCode()
        both(): void {}
      }
      return Both;
    }).toThrow('both has two decorators');
  });

  it('@UseTempIDCode refuses a class that has @UseTempID already', () => {
    expect(() => {
      @UseTempIDCode()
      @UseTempID()
      class Both {}
      return Both;
    }).toThrow('two decorators');
  });
});

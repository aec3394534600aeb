import { All, Controller, Get, Logger, Post } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { fromHeader, fromParam, TempIDLink, UseTempID } from '../../src/index.js';
import { PLATFORMS, startApp } from '../support/http.js';

@Controller('files')
class FilesController {
  @Get(':name')
  @UseTempID(true)
  download(): string {
    return 'spends';
  }

  @All('any')
  @UseTempID({ consume: 'on-success' })
  any(): string {
    return 'spends';
  }

  @Get('long')
  @UseTempID({ consume: true, resumable: true })
  long(): string {
    return 'can be resumed';
  }

  @Get('info')
  @UseTempID()
  info(): string {
    return 'only verifies';
  }

  @Post('reset')
  @UseTempID(true)
  reset(): string {
    return 'is not opened';
  }

  @TempIDLink('login')
  login(): string {
    return 'asks for a click';
  }
}

@Controller('teams')
class TeamsController {
  @TempIDLink('join/:token', { purpose: 'invite', extract: fromParam('token') })
  join(): string {
    return 'joined';
  }

  @Post('push/:token')
  @UseTempID({ purpose: 'invite', extract: fromHeader('x-token') })
  push(): string {
    return 'the token is elsewhere';
  }
}

describe('the application at the start', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('the start warns once of each GET route that uses a token', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const { app } = await startApp('Express', [FilesController]);
    await app.close();
    const warnings = warn.mock.calls
      .map(([message]) => String(message))
      .filter((m) => /GET \//.test(m));
    expect(warnings.map((message) => /^GET \S+ \([\w.]+\)/.exec(message)?.[0])).toEqual([
      'GET /files/:name (FilesController.download)',
      'GET /files/any (FilesController.any)',
      'GET /files/long (FilesController.long)',
    ]);
    expect(warnings[0]).toContain('Put @TempIDLink on it');
    // Which has no option 'resumable', and neither has a POST.
    expect(warnings[2]).toMatch(/ Let the link of a mail open a page of yours[^@]*$/);
  });

  it('the start warns once of each route whose path is too short for a token', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    for (const platform of PLATFORMS) {
      const { app } = await startApp(platform, [TeamsController]);
      await app.close();
    }
    const warnings = warn.mock.calls.map(([message]) => String(message));
    expect(warnings.filter((message) => message.includes('in its path'))).toEqual([
      expect.stringMatching(
        /^\/teams\/join\/:token \(TeamsController\.join\) .* takes 100 characters, .*maxParamLength/,
      ),
    ]);
  });

  it('the start does not warn of short paths where Fastify takes longer ones', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const adapter = new FastifyAdapter({ routerOptions: { maxParamLength: 1_024 } });
    const { app, tempid, send } = await startApp(adapter, [TeamsController]);
    const token = await tempid.mint({ purpose: 'invite', maxUses: 50, payload: { team: 7 } });
    expect(token.value.length).toBeGreaterThan(100);
    const { status, body } = await send(
      tempid.link('/teams/join/:token', token, { extract: fromParam('token') }),
    );
    expect([status, String(body)]).toEqual([200, expect.stringContaining('<form')]);
    expect(warn.mock.calls.filter(([message]) => String(message).includes('in its path'))).toEqual(
      [],
    );
    await app.close();
  });
});

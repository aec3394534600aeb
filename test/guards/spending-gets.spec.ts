import { All, Controller, Get, Logger, Post } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { TempIDLink, UseTempID } from '../../src/index.js';
import { startApp } from '../support/http.js';

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

describe('at the start', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('there is one warning for each GET route that spends', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const { app } = await startApp('Express', [FilesController]);
    await app.close();
    const warnings = warn.mock.calls
      .map(([message]) => String(message))
      .filter((m) => /GET \//.test(m));
    expect(warnings.map((message) => /^GET \S+ \([\w.]+\)/.exec(message)?.[0])).toEqual([
      'GET /files/:name (FilesController.download)',
      'GET /files/any (FilesController.any)',
    ]);
    expect(warnings[0]).toContain('Put @TempIDLink on it');
  });
});

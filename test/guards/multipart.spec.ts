import { Body, Controller, Logger, Post, UploadedFile, UseInterceptors } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { FileInterceptor } from '@nestjs/platform-express';
import { UseTempID, UseTempIDCode } from '../../src/index.js';
import { type RunningApp, startApp } from '../support/http.js';

@Controller()
class UploadController {
  @Post('upload')
  @UseTempID({ purpose: 'upload', consume: true })
  @UseInterceptors(FileInterceptor('file'))
  upload(@UploadedFile() file: { buffer: Buffer }, @Body() body: Record<string, string>) {
    return { bytes: file.buffer.length, fields: Object.keys(body) };
  }

  @Post('code')
  @UseTempIDCode({ purpose: 'login' })
  @UseInterceptors(FileInterceptor('file'))
  code(): string {
    return 'never';
  }
}

describe('a form with files', () => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp('Express', [UploadController]);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(() => running.app.close());

  function formWith(token?: string): FormData {
    const form = new FormData();
    if (token !== undefined) form.set('token', token);
    form.set('file', new Blob(['12345']), 'numbers.txt');
    return form;
  }

  it('a form with files is refused where its token is in a field, and one warning a route says where to send it', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const token = await running.tempid.mint({ purpose: 'upload', maxUses: 1 });
    for (const path of ['/upload', '/upload', '/code']) {
      const answer = await running.send(path, { method: 'POST', body: formWith(token.value) });
      expect(answer).toMatchObject({ status: 401, body: { code: 'TEMPID_MISSING' } });
    }
    expect(warn.mock.calls.flat()).toEqual([
      expect.stringMatching(/UploadController\.upload had no token.*after all guards.*X-Token/),
      expect.stringContaining('UploadController.code had no token'),
    ]);
    expect(warn.mock.calls.flat().join()).not.toContain(token.value);
    expect((await running.tempid.usesInfo(token)).used).toBe(0);
  });

  it('a form with files is let in with the token in a header or in the query', async () => {
    for (const [query, headers] of [
      ['', (token: string) => ({ 'X-Token': token })],
      ['?token=', () => ({})],
    ] as const) {
      const { value } = await running.tempid.mint({ purpose: 'upload', maxUses: 1 });
      const answer = await running.send(`/upload${query && query + value}`, {
        method: 'POST',
        headers: headers(value),
        body: formWith(),
      });
      expect(answer).toMatchObject({ status: 201, body: { bytes: 5, fields: [] } });
    }
  });
});

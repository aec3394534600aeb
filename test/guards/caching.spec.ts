import {
  All,
  Controller,
  Get,
  Header,
  NotFoundException,
  Redirect,
  Req,
  Res,
  StreamableFile,
} from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BrowserKey, TempIDLink, UseTempID, UseTempIDCode } from '../../src/index.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { type Request, type Response, sendFile, SentFile } from '../support/sent-file.js';

let sentFile: SentFile;

/** Fastify wraps it, and knows nothing of what is written to it. */
interface NodeResponse {
  end(text: string): unknown;
}

@Controller()
class CachingController {
  @Get('text')
  @UseTempID()
  text(): string {
    return 'secret';
  }

  @Get('json')
  @UseTempID({ consume: true })
  json(): object {
    return { secret: true };
  }

  @Get('path/:token')
  @UseTempID()
  inPath(): string {
    return 'secret';
  }

  @Get('stream')
  @UseTempID()
  stream(): StreamableFile {
    return new StreamableFile(Buffer.from('secret'));
  }

  @Get('by-node')
  @UseTempID()
  byNode(@Res() response: { readonly raw?: NodeResponse } & NodeResponse): void {
    (response.raw ?? response).end('secret');
  }

  @TempIDLink('link-by-node')
  link(@Res() response: { readonly raw?: NodeResponse } & NodeResponse): void {
    (response.raw ?? response).end('secret');
  }

  @Get('throws')
  @UseTempID()
  throws(): never {
    throw new NotFoundException();
  }

  @Get('redirects')
  @UseTempID()
  @Redirect('/text', 302)
  redirects(): void {}

  @Get('file')
  @UseTempID()
  file(@Req() request: Request, @Res() response: Response): Promise<void> {
    return sendFile(sentFile.path, request, response);
  }

  @Get('header')
  @UseTempID()
  @Header('Cache-Control', 'public, max-age=60')
  header(): string {
    return 'public';
  }

  @Get('set')
  @UseTempID()
  set(@Res({ passthrough: true }) response: Response): string {
    response.header('Cache-Control', 'private, max-age=60');
    return 'of one person';
  }

  @All('looked-at')
  @UseTempID({ consume: true })
  lookedAt(): string {
    return 'secret';
  }

  @Get('code')
  @UseTempIDCode()
  code(): string {
    return 'secret';
  }

  @Get('form')
  form(@BrowserKey() _key: string): string {
    return 'a page with a form';
  }

  @Get('own-form')
  @Header('Cache-Control', 'public, max-age=60')
  ownForm(@BrowserKey() _key: string): string {
    return 'a page with a form';
  }

  @Get('open')
  open(): string {
    return 'for everybody';
  }
}

describe.each(PLATFORMS)('caches on %s', (platform) => {
  let running: RunningApp;
  let token: string;

  beforeAll(async () => {
    sentFile = await SentFile.make();
    running = await startApp(platform, [CachingController]);
    token = (await running.tempid.mint({ maxUses: 50 })).value;
  });

  afterAll(async () => {
    await running.app.close();
    await sentFile.remove();
  });

  const cachingOf = async (path: string, headers: Record<string, string>, method = 'GET') => {
    const { status, headers: sent } = await running.send(path, {
      method,
      headers,
      redirect: 'manual',
    });
    return [status, sent.get('cache-control')];
  };

  it.each([
    ['text', 200],
    ['json', 200],
    ['stream', 200],
    ['by-node', 200],
    ['throws', 404],
    ['redirects', 302],
  ])('an answer behind a token is cached by nobody: /%s', async (path, status) => {
    expect(await cachingOf(`/${path}`, { 'x-token': token })).toEqual([status, 'no-store']);
    expect(await cachingOf(`/${path}?token=${token}`, {})).toEqual([status, 'no-store']);
  });

  it('an answer behind a token in the path is cached by nobody', async () => {
    // Fastify takes 100 characters there.
    const { value } = await running.tempid.mint();
    expect(await cachingOf(`/path/${value}`, {})).toEqual([200, 'no-store']);
  });

  it('the page of a link whose handler writes the answer itself is cached by nobody', async () => {
    const init = { method: 'POST', headers: { 'x-token': token } };
    const { headers } = await running.send('/link-by-node', init);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('strict-origin');
  });

  it('a refusal and the answer to a prefetch are cached by nobody', async () => {
    expect(await cachingOf('/text', {})).toEqual([401, 'no-store']);
    expect(await cachingOf('/text', { 'x-token': 'garbage' })).toEqual([401, 'no-store']);
    expect(await cachingOf('/code', {})).toEqual([401, 'no-store']);
    expect(await cachingOf('/json', { 'sec-purpose': 'prefetch' })).toEqual([204, 'no-store']);
    expect(await cachingOf('/looked-at', {}, 'OPTIONS')).toEqual([204, 'no-store']);
  });

  it('the Cache-Control of a handler is kept', async () => {
    const headers = { 'x-token': token };
    expect(await cachingOf('/header', headers)).toEqual([200, 'public, max-age=60']);
    expect(await cachingOf('/set', headers)).toEqual([200, 'private, max-age=60']);
  });

  it('an answer that gives a browser its key is cached by nobody, whatever @Header says', async () => {
    expect(await cachingOf('/form', {})).toEqual([200, 'no-store']);
    expect(await cachingOf('/own-form', {})).toEqual([200, 'no-store']);
  });

  it('a route without a token gets no Cache-Control', async () => {
    expect(await cachingOf('/open', {})).toEqual([200, null]);
  });

  it('a file that the platform sends behind a token is cached by nobody', async () => {
    expect(await cachingOf('/file', { 'x-token': token })).toEqual([200, 'no-store']);
  });
});

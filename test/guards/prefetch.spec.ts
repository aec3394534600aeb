import { connect } from 'node:net';
import { once } from 'node:events';
import { All, Controller, Get, Head, Options, Propfind, type Type } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fromQuery, UseTempID, UseTempIDCode } from '../../src/index.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';

let runs: string[] = [];

@Controller()
class PrefetchedController {
  @All('all')
  @UseTempID({ consume: true })
  all(): string {
    runs.push('all');
    return 'done';
  }

  @All('on-success')
  @UseTempID({ consume: 'on-success' })
  onSuccess(): string {
    runs.push('on-success');
    return 'done';
  }

  @Get('get')
  @UseTempID({ consume: true })
  get(): string {
    runs.push('get');
    return 'done';
  }

  @All('code')
  @UseTempIDCode({ extract: fromQuery('challenge'), code: fromQuery('code') })
  code(): string {
    runs.push('code');
    return 'done';
  }

  @All('verify')
  @UseTempID()
  verify(): string {
    runs.push('verify');
    return 'done';
  }
}

@Controller('of-class')
@UseTempID(true)
class OfClassController {
  @All()
  all(): string {
    runs.push('of-class');
    return 'done';
  }

  @Options('apart')
  @UseTempID()
  apart(): string {
    runs.push('apart');
    return 'done';
  }
}

@Controller()
class PropfindController {
  @Propfind('dav')
  @UseTempID({ consume: true })
  dav(): string {
    runs.push('dav');
    return 'done';
  }
}

const PREFETCH = { 'sec-purpose': 'prefetch' };

const PREFETCHES: readonly (readonly [string, RequestInit])[] = [
  ['OPTIONS', { method: 'OPTIONS' }],
  ['HEAD', { method: 'HEAD' }],
  ['a prefetch', { headers: PREFETCH }],
];

describe.each(PLATFORMS)('a prefetch on %s', (platform) => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp(platform, [PrefetchedController, OfClassController]);
  });

  beforeEach(() => {
    runs = [];
  });

  afterAll(() => running.app.close());

  for (const path of ['/all', '/on-success', '/of-class', '/get']) {
    const prefetches = PREFETCHES.filter(([name]) => path !== '/get' || name !== 'OPTIONS');
    it.each(prefetches)(
      `a prefetch uses nothing and runs no handler on ${path}: %s`,
      async (_, init) => {
        const token = await running.tempid.mint({ maxUses: 1 });
        const { status, body } = await running.send(`${path}?token=${token}`, init);
        expect([status, body, runs]).toEqual([204, '', []]);
        expect(await running.tempid.usesInfo(token)).toMatchObject({ used: 0 });
        expect(await running.send(`${path}?token=${token}`)).toMatchObject({ status: 200 });
        expect(runs).toHaveLength(1);
      },
    );
  }

  it.each(PREFETCHES)('a prefetch uses no attempt of a code: %s', async (_, init) => {
    const { challenge, code } = await running.tempid.mintCode({ digits: 6, maxAttempts: 2 });
    const pathWith = (typed: string) => `/code?challenge=${challenge}&code=${typed}`;
    const wrong = code === '000000' ? '111111' : '000000';
    for (const typed of [wrong, wrong, wrong, code]) {
      const { status } = await running.send(pathWith(typed), init);
      expect(status).toBe(204);
    }
    expect(runs).toEqual([]);
    expect(await running.send(pathWith(code))).toMatchObject({ status: 200, body: 'done' });
  });

  it('OPTIONS is answered with the methods of the path', async () => {
    const { headers } = await running.send('/all', { method: 'OPTIONS' });
    expect(headers.get('allow')).toBe('GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('a prefetch runs a handler that consumes nothing, as any other request does', async () => {
    const { value } = await running.tempid.mint();
    const path = `/verify?token=${value}`;
    for (const [, init] of PREFETCHES) expect((await running.send(path, init)).status).toBe(200);
    expect((await running.send('/verify', { method: 'OPTIONS' })).status).toBe(401);
    const apart = await running.send(`/of-class/apart?token=${value}`, { method: 'OPTIONS' });
    expect(apart.status).toBe(200);
    expect(runs).toEqual(['verify', 'verify', 'verify', 'apart']);
  });

  it('a POST is no prefetch, whatever its headers say', async () => {
    const token = await running.tempid.mint({ maxUses: 1 });
    const init = { method: 'POST', headers: PREFETCH };
    expect((await running.send(`/all?token=${token}`, init)).body).toBe('done');
    expect(await running.tempid.usesInfo(token)).toMatchObject({ used: 1 });
  });
});

describe.each(PLATFORMS)('a preflight of CORS on %s', (platform) => {
  it('a preflight of CORS is answered before any guard, and uses nothing', async () => {
    const running = await startApp(platform, [PrefetchedController], {}, [], (app) => {
      app.enableCors({ origin: 'https://app.example', methods: ['GET', 'POST'] });
    });
    const token = await running.tempid.mint({ maxUses: 1 });
    const { status, headers } = await running.send(`/all?token=${token}`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    });
    expect([status, headers.get('access-control-allow-origin')]).toEqual([
      204,
      'https://app.example',
    ]);
    expect(headers.get('access-control-allow-methods')).toMatch(/POST/);
    expect(await running.tempid.usesInfo(token)).toMatchObject({ used: 0 });
    await running.app.close();
  });
});

describe('methods that only Express gives to a handler of all', () => {
  it('a handler of all methods runs for no method of a prefetch, and a handler of such a method does', async () => {
    const running = await startApp('Express', [PrefetchedController, PropfindController]);
    const token = await running.tempid.mint({ maxUses: 1 });
    runs = [];
    for (const method of ['PROPFIND', 'TRACE']) {
      expect(await sendByHand(running.url, method, `/all?token=${token}`)).toMatch(
        /^HTTP\/1\.1 204 /,
      );
    }
    expect(runs).toEqual([]);
    const init = { method: 'PROPFIND' };
    expect((await running.send(`/dav?token=${token}`, init)).status).toBe(200);
    expect((await running.send(`/dav?token=${token}`, init)).status).toBe(401);
    expect(runs).toEqual(['dav']);
    await running.app.close();
  });
});

describe('a handler of HEAD or OPTIONS that consumes', () => {
  it.each([
    ['HEAD', Head],
    ['OPTIONS', Options],
  ])('a consuming handler of HEAD or OPTIONS is refused at the start: %s', async (_, decorate) => {
    @Controller()
    class NeverController {
      @decorate('never')
      @UseTempID({ consume: true })
      never(): void {}
    }
    await expect(startApp('Express', [NeverController as Type])).rejects.toThrow(
      'NeverController.never would never run: HEAD and OPTIONS only look',
    );
  });
});

/** What a server answers to a method that fetch does not send. */
async function sendByHand(url: string, method: string, path: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end(`${method} ${path} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`);
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  await once(socket, 'close');
  return answer;
}

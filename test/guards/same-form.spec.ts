import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, HostParam, Post, Version, VersioningType } from '@nestjs/common';
import { UseTempID } from '../../src/index.js';
import { json, PLATFORMS, type RunningApp, startApp } from '../support/http.js';

/** What was done, in order. */
const done: string[] = [];

@Controller({ host: ':tenant.example.com', path: 'tenants' })
class TenantsController {
  @Post('join')
  @UseTempID({ consume: true, grace: '10s' })
  join(@HostParam('tenant') tenant: string): string {
    done.push(tenant);
    return tenant;
  }
}

/** Puts a function without a name in the place of a method, as decorators of others do. */
const Wrapped = (): MethodDecorator => (_target, _name, descriptor: PropertyDescriptor) => {
  const method = descriptor.value as () => unknown;
  descriptor.value = function () {
    return method.call(this);
  };
};

@Controller('team')
class TeamController {
  @Post('member')
  @Version('1')
  @UseTempID({ consume: true, grace: '10s' })
  @Wrapped()
  add(): string {
    done.push('add');
    return 'added';
  }

  @Post('member')
  @Version('2')
  @UseTempID({ consume: true, grace: '10s' })
  @Wrapped()
  promote(): string {
    done.push('promote');
    return 'promoted';
  }
}

describe.each(PLATFORMS)('the same form on %s', (platform) => {
  let running: RunningApp;
  beforeAll(async () => {
    const options = { type: VersioningType.HEADER, header: 'x-version' } as const;
    const configure: Parameters<typeof startApp>[4] = (app) => app.enableVersioning(options);
    const controllers = [TenantsController, TeamController];
    running = await startApp(platform, controllers, {}, [], configure);
  });
  afterAll(() => running.app.close());

  const post = (path: string, body: object, headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request(running.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.end(json(body).body);
    });

  const allOf = async (path: string, each: readonly Record<string, string>[]) => {
    done.length = 0;
    const { value: token } = await running.tempid.mint({ maxUses: 1 });
    const statuses: number[] = [];
    for (const headers of each) statuses.push(await post(path, { token }, headers));
    return [statuses, done];
  };

  it('is another one at another host', async () => {
    const [one, other] = [{ host: 'one.example.com' }, { host: 'other.example.com' }];
    expect(await allOf('/tenants/join', [one, other, one])).toEqual([
      [201, 401, 201],
      ['one', 'one'],
    ]);
  });

  it('is another one for another handler, such as that of another version', async () => {
    const [one, two] = [{ 'x-version': '1' }, { 'x-version': '2' }];
    expect(await allOf('/team/member', [one, two, one])).toEqual([
      [201, 401, 201],
      ['add', 'add'],
    ]);
  });
});

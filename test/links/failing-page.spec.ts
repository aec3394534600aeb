import {
  Logger,
  type CanActivate,
  Controller,
  type ExecutionContext,
  UseGuards,
} from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type LinkPageOptions, MemoryTempIDStore, TempIDLink } from '../../src/index.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { Browser, heading } from './browser.js';

const FAILING: Readonly<Record<string, LinkPageOptions>> = {
  chatty: {
    template: ({ form }) => {
      throw new Error(`no partial for ${form}`);
    },
  },
  texts: {
    texts: () => {
      throw new Error('no Accept-Language');
    },
  },
  text: { texts: () => ({ confirm: undefined }) as never },
  template: {
    template: () => {
      throw new Error('no such partial');
    },
  },
  nothing: { template: () => undefined as never },
  policy: { contentSecurityPolicy: () => `default-src 'self';\n img-src *` },
};

function controllerOf(name: string, page: LinkPageOptions) {
  @Controller('failing')
  class FailingController {
    @TempIDLink(name, { purpose: 'open', page: { ...page, appName: 'Ada' } })
    open(): string {
      return 'ran';
    }
  }
  return FailingController;
}

/** Answers later than a middleware that limits the time of a request. */
class LateStore extends MemoryTempIDStore {
  isLate = false;

  override async used(id: string): Promise<number> {
    if (this.isLate) await new Promise((resolve) => setTimeout(resolve, 100));
    return super.used(id);
  }
}

// Jest fails a test in which a promise is rejected and nobody hears it, which is what ends a process.
describe.each(PLATFORMS)('a page of a link that cannot be made on %s', (platform) => {
  let running: RunningApp;

  beforeAll(async () => {
    const controllers = Object.entries(FAILING).map(([name, page]) => controllerOf(name, page));
    running = await startApp(platform, controllers);
  });

  afterAll(() => running.app.close());

  it.each(Object.keys(FAILING))(
    'a page whose option fails is replaced by the default page: %s',
    async (name) => {
      const token = await running.tempid.mint({ purpose: 'open', maxUses: 1 });
      const path = running.tempid.link(`/failing/${name}`, token);
      const browser = new Browser(running);
      const page = await browser.open(path);
      expect([page.status, heading(page)]).toEqual([200, 'One more step']);
      expect(page.text).toContain('<p class="app">Ada</p>');
      expect(page.headers.get('content-security-policy')).toContain(`form-action 'self'`);
      expect((await browser.press(path, page)).text).toBe('ran');
    },
  );

  it('a failing page is logged without the token', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const token = await running.tempid.mint({ purpose: 'open', maxUses: 1 });
    await new Browser(running).open(running.tempid.link('/failing/chatty', token));
    const logged = error.mock.calls.flat().join(' ');
    error.mockRestore();
    expect(logged).toContain('no partial for');
    expect(logged).not.toContain(token.value);
  });
});

/** As middleware does that limits the time of a request. */
class LimitGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const response = context
      .switchToHttp()
      .getResponse<{ status(code: number): { end(): void } }>();
    setTimeout(() => response.status(503).end(), 20);
    return true;
  }
}

@UseGuards(LimitGuard)
@Controller('late')
class LateController {
  @TempIDLink('link', { purpose: 'open' })
  open(): string {
    return 'ran';
  }
}

describe('a page of a link that comes too late', () => {
  it('a page that comes after another answer is not sent', async () => {
    const running = await startApp('Express', [LateController], { store: LateStore });
    running.app.get(LateStore).isLate = true;
    const token = await running.tempid.mint({ purpose: 'open', maxUses: 1 });
    const path = running.tempid.link('/late/link', token);
    expect((await new Browser(running).open(path)).status).toBe(503);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await running.app.close();
  });
});
